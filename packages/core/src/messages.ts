import { z } from 'zod';

const addressSchema = z.union([
  z.string().min(1),
  z.object({ email: z.string().min(1), name: z.string().optional() }),
]);
const addressesSchema = z.union([addressSchema, z.array(addressSchema)]);

/** Text in a mail's header: a line break in it would let its author add headers of his own. */
const headerText = z
  .string()
  .refine((text) => !/[\r\n\0]/.test(text), 'expected text without line breaks or NUL characters');

/** A file in a mail. Give `content` (a string is taken as UTF-8 text) or `path`, a URL or file that the provider can read. */
export const attachmentSchema = z.object({
  filename: headerText.min(1),
  content: z.union([z.string(), z.instanceof(Uint8Array)]).optional(),
  path: z.string().min(1).optional(),
  contentType: headerText.optional(),
  /** To show it inside the HTML as `cid:…`. */
  contentId: headerText.optional(),
});

/** Checks what `toEmail` returned. Unknown fields are kept for the provider. */
export const emailMessageSchema = z
  .looseObject({
    subject: headerText,
    html: z.string().optional(),
    text: z.string().optional(),
    /** Used as `text` when neither `text` nor `html` is given. */
    message: z.string().optional(),
    from: addressSchema.optional(),
    replyTo: addressesSchema.optional(),
    cc: addressesSchema.optional(),
    bcc: addressesSchema.optional(),
    attachments: z.array(attachmentSchema).optional(),
    headers: z.record(z.string().regex(/^[!-9;-~]+$/, 'expected a header name'), headerText).optional(),
  })
  .refine(({ html, text, message }) => (html ?? text ?? message) !== undefined, {
    path: ['text'],
    message: 'expected at least one of html, text and message',
  });

/** Checks what `toSms` returned. */
export const smsMessageSchema = z.looseObject({
  text: z.string().min(1),
  /** Sender id or number; the provider's default otherwise. */
  from: z.string().min(1).optional(),
});

/** Checks what `toPush` returned. */
export const pushMessageSchema = z.looseObject({
  title: z.string(),
  body: z.string(),
  imageUrl: z.string().optional(),
  /** Handed to the app. Providers take text only. */
  data: z.record(z.string(), z.string()).optional(),
  badge: z.number().int().min(0).optional(),
  sound: z.string().optional(),
});

/** Checks what `toInApp` returned. */
export const inAppMessageSchema = z.looseObject({
  title: z.string(),
  message: z.string(),
  actionUrl: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});

/** Who a mail comes from or goes to: `'ada@example.com'` or `{ email, name }`. */
export type EmailMessageAddress = string | { readonly email: string; readonly name?: string | undefined };

/** A file in a mail. */
export interface EmailAttachment {
  readonly filename: string;
  /** A string is taken as UTF-8 text. */
  readonly content?: string | Uint8Array | undefined;
  /** A URL or file the provider can read, instead of `content`. */
  readonly path?: string | undefined;
  readonly contentType?: string | undefined;
  /** To show it inside the HTML as `cid:…`. */
  readonly contentId?: string | undefined;
}

/** What `toEmail` returns. At least one of `html`, `text` and `message` is needed. */
export interface EmailMessage {
  readonly subject: string;
  readonly html?: string | undefined;
  readonly text?: string | undefined;
  /** Used as `text` when neither `text` nor `html` is given. */
  readonly message?: string | undefined;
  /** @default the provider's own `from` */
  readonly from?: EmailMessageAddress | undefined;
  readonly replyTo?: EmailMessageAddress | readonly EmailMessageAddress[] | undefined;
  readonly cc?: EmailMessageAddress | readonly EmailMessageAddress[] | undefined;
  readonly bcc?: EmailMessageAddress | readonly EmailMessageAddress[] | undefined;
  readonly attachments?: readonly EmailAttachment[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What `toSms` returns. */
export interface SmsMessage {
  readonly text: string;
  /** Sender id or number. @default the provider's own */
  readonly from?: string | undefined;
}

/** What `toPush` returns. */
export interface PushMessage {
  readonly title: string;
  readonly body: string;
  readonly imageUrl?: string | undefined;
  /** Handed to the app. */
  readonly data?: Readonly<Record<string, string>> | undefined;
  readonly badge?: number | undefined;
  readonly sound?: string | undefined;
}

/** What `toInApp` returns. */
export interface InAppMessage {
  readonly title: string;
  readonly message: string;
  readonly actionUrl?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}
