import { maskAddress, maskData, maskHtml, maskText } from './masking/index.ts';
import { ContentPrivacy, type NotificationLog, type RetryLog } from './notification-log.ts';
import { isUnknownShape } from './recipient-text.ts';
import type { NotificationLogPatch } from './storage-adapter.ts';

/** Everything of a row that may tell who or what it is about. All else are ids, statuses, counts and moments. */
const PERSONAL_FIELDS = [
  'recipient',
  'subject',
  'content',
  'reason',
  'error',
  'metadata',
  'tags',
  'retryLogs',
] as const satisfies readonly (keyof NotificationLog)[];
type PersonalField = (typeof PERSONAL_FIELDS)[number];

/** Some of those fields, in clear. */
export type PersonalFields = Partial<Pick<NotificationLog, PersonalField>>;

/** What decides how they are masked. */
export interface MaskingContext {
  readonly level: ContentPrivacy;
  readonly channel: string;
  readonly contentType: 'text' | 'html';
  /** Masked wherever they occur. */
  readonly personalValues: readonly string[];
}

/** Characters of content the log keeps: a mail longer than this is cut. */
export const MAX_CONTENT_LENGTH = 262_144;
/** Characters taken off a cut text after masking, so that half a value at the cut, which no detector knows, is not shown. */
const CUT_MARGIN = 512;
const CUT_MARK = '… [truncated]';

const RANK: Readonly<Record<ContentPrivacy, number>> = { public: 0, masked: 1, private: 2 };

/** Whether a level shows less than another. */
export function isStricter(level: ContentPrivacy, than: ContentPrivacy): boolean {
  return RANK[level] > RANK[than];
}

export function pickPersonalFields(log: PersonalFields): PersonalFields {
  return Object.fromEntries(
    PERSONAL_FIELDS.filter((key) => log[key] !== undefined).map((key) => [key, log[key]]),
  );
}

/** The fields as they may be stored. At `private`, those not kept at all come back as `undefined`, which removes them from a row that has them. */
export function maskFields(
  fields: PersonalFields,
  context: MaskingContext,
): Pick<NotificationLogPatch, PersonalField> {
  const masked =
    context.level === ContentPrivacy.PRIVATE ? withholdFields(fields) : hideValues(fields, context);
  return {
    ...masked,
    ...(fields.recipient !== undefined && {
      recipient: maskRecipient(fields.recipient, context),
    }),
    // Why something was not sent stays readable at every level, without its values.
    ...(fields.reason !== undefined && { reason: hideInText(fields.reason, context) }),
  };
}

function maskRecipient(recipient: string, { channel, level }: MaskingContext): string {
  if (level === ContentPrivacy.MASKED && isUnknownShape(recipient)) return '***';
  return level === ContentPrivacy.PRIVATE ? '' : maskAddress(channel, recipient, level);
}

function withholdFields(fields: PersonalFields): Pick<NotificationLogPatch, PersonalField> {
  const withheld = ['subject', 'content', 'error', 'metadata', 'tags'] as const;
  return {
    ...Object.fromEntries(withheld.filter((key) => fields[key] !== undefined).map((key) => [key, undefined])),
    ...(fields.retryLogs && { retryLogs: fields.retryLogs.map(({ error: _, ...retry }) => retry) }),
  };
}

function hideValues(
  fields: PersonalFields,
  context: MaskingContext,
): Pick<NotificationLogPatch, PersonalField> {
  const hide = (text: string): string => hideInText(text, context);
  const { subject, content, error, metadata, tags, retryLogs } = fields;
  return {
    ...(subject !== undefined && { subject: hide(subject) }),
    ...(content !== undefined && { content: hideInContent(content, context) }),
    ...(error !== undefined && { error: hide(error) }),
    ...(metadata && { metadata: hideInMetadata(metadata, context) }),
    ...(tags && { tags: tags.map(hide) }),
    ...(retryLogs && { retryLogs: retryLogs.map((retry) => hideInRetry(retry, hide)) }),
  };
}

/** At `private` a text is masked as at `masked`; the texts that are not kept at all never come here. */
function hideInText(text: string, { level, personalValues }: MaskingContext): string {
  return withinLimit(text, (kept) => maskText(kept, { level, personalValues }));
}

function hideInContent(content: string, context: MaskingContext): string {
  if (context.contentType === 'text') return hideInText(content, context);
  const { level, personalValues } = context;
  return withinLimit(content, (kept) => maskHtml(kept, { level, personalValues }));
}

function hideInMetadata(metadata: NonNullable<NotificationLog['metadata']>, context: MaskingContext) {
  const { level, personalValues } = context;
  const hidden: unknown = maskData(metadata, { level, personalValues });
  // Masked data keeps its shape; the value handed in was a record.
  return hidden as NonNullable<NotificationLog['metadata']>;
}

function hideInRetry({ error, ...retry }: RetryLog, hide: (text: string) => string): RetryLog {
  return error === undefined ? retry : { ...retry, error: hide(error) };
}

function withinLimit(text: string, mask: (text: string) => string): string {
  if (text.length <= MAX_CONTENT_LENGTH) return mask(text);
  return mask(text.slice(0, MAX_CONTENT_LENGTH)).slice(0, -CUT_MARGIN) + CUT_MARK;
}
