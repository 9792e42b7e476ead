import { z } from 'zod';
import { emailAddressSchema } from './email-address.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';
import { attachmentSchema, type EmailAttachment, emailMessageSchema } from './messages.ts';
import { formatPath } from './options.ts';
import type { EmailAddress } from './recipient.ts';

/** A checked mail, in the one form that e-mail channels work with. */
export interface ParsedEmailMessage {
  readonly subject: string;
  readonly html?: string | undefined;
  readonly text?: string | undefined;
  readonly from?: EmailAddress | undefined;
  readonly replyTo: readonly EmailAddress[];
  readonly cc: readonly EmailAddress[];
  readonly bcc: readonly EmailAddress[];
  /** Each with either `content` or `path`. */
  readonly attachments: readonly EmailAttachment[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that say who a mail is from, whom it goes to and how it is built: only a mail's fields and its channel may set them. */
const RESERVED_HEADER =
  /^(?:from|sender|to|cc|bcc|reply-to|return-path|subject|date|message-id|mime-version|received|dkim-signature|resent-.*|content-.*)$/i;

const addressListSchema = z
  .unknown()
  .transform((value): unknown[] => [value].flat())
  .pipe(z.array(emailAddressSchema))
  .default([]);

const parsedSchema = z.object({
  subject: z.string(),
  html: z.string().optional(),
  text: z.string().optional(),
  from: emailAddressSchema.optional(),
  replyTo: addressListSchema,
  cc: addressListSchema,
  bcc: addressListSchema,
  attachments: z
    .array(
      attachmentSchema.refine(({ content, path }) => (content === undefined) !== (path === undefined), {
        message: 'expected either content or path',
      }),
    )
    .default([]),
  headers: z
    .record(
      z.string().refine((name) => !RESERVED_HEADER.test(name), {
        message: 'expected a header that no field of the message and no channel sets',
      }),
      z.string(),
    )
    .default({}),
});

/**
 * Checks what `toEmail` returned, for the `parseMessage` of an e-mail channel: shape, addresses, headers that would change whom the mail goes to.
 * `message` becomes the text where neither `text` nor `html` is given.
 *
 * @throws {TownKrierError} `MESSAGE_INVALID`, naming the field but not its value.
 */
export function parseEmailMessage(value: unknown): ParsedEmailMessage {
  const { message, ...fields } = check(emailMessageSchema, value);
  const text = fields.text ?? (fields.html === undefined ? message : undefined);
  return check(parsedSchema, { ...fields, text });
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${formatPath(path) || 'the message'}: ${message}`,
  );
  throw new TownKrierError(`The e-mail is invalid: ${problems.join('; ')}.`, {
    code: CoreErrorCode.MESSAGE_INVALID,
  });
}
