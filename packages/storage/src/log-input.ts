import { z } from 'zod';
import { StorageErrorCode } from './errors.ts';
import {
  ContentPrivacy,
  type NewNotificationLog,
  type NotificationLog,
  NotificationLogStatus,
} from './notification-log.ts';
import { parseInput } from './parse-input.ts';

/** The most entries kept in `retryLogs`; older ones go. */
export const MAX_RETRY_LOGS = 50;

const identifier = z.string().min(1).max(500);

const retryLogSchema = z.strictObject({
  attempt: z.number().int().min(1),
  status: z.enum(['sent', 'failed', 'unknown']),
  timestamp: z.date(),
  provider: identifier.optional(),
  error: z.string().optional(),
  errorCode: identifier.optional(),
});

/** What a caller may say about a row, new or known. */
const fields = {
  notificationId: identifier,
  notificationType: identifier.optional(),
  channel: identifier,
  recipient: z.string().max(10_000),
  status: z.enum(NotificationLogStatus),
  subject: z.string().optional(),
  content: z.string().optional(),
  contentType: z.enum(['text', 'html']).optional(),
  contentPrivacy: z.enum(ContentPrivacy).optional(),
  attempts: z.number().int().min(0).optional(),
  retryLogs: z.array(retryLogSchema).optional(),
  provider: identifier.optional(),
  messageId: identifier.optional(),
  jobId: identifier.optional(),
  idempotencyKey: identifier.optional(),
  reason: z.string().optional(),
  error: z.string().optional(),
  errorCode: identifier.optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  tags: z.array(z.string()).max(100).optional(),
  scheduledFor: z.date().optional(),
  sentAt: z.date().optional(),
  deliveredAt: z.date().optional(),
  failedAt: z.date().optional(),
  personalValues: z.array(z.string()).optional(),
};

/** The manager's own: accepted so that a row read from the log can be handed back whole. */
const ownFields = {
  id: z.string().optional(),
  createdAt: z.date().optional(),
  updatedAt: z.date().optional(),
  recipientHash: z.string().optional(),
};

const newLogSchema = z.strictObject({ ...fields, recipientHash: ownFields.recipientHash });
const changesSchema = z.strictObject({ ...fields, ...ownFields }).partial();

/**
 * What `updateLog` is given: what is absent stays as it is. Values are in clear and masked before they are stored. `id` and `createdAt` may be there, as
 * in a row that was read, but not differ.
 */
export type NotificationLogChanges = {
  readonly [Key in keyof NotificationLog]?: NotificationLog[Key] | undefined;
} & Pick<NewNotificationLog, 'personalValues'>;

export function parseNewLog(log: unknown) {
  return parseInput(newLogSchema, log, { code: StorageErrorCode.STORAGE_LOG_INVALID, what: 'The log' });
}

export function parseChanges(changes: unknown) {
  return parseInput(changesSchema, changes, {
    code: StorageErrorCode.STORAGE_LOG_INVALID,
    what: 'The change to a log',
  });
}

/** {@link NotificationLogChanges}, checked. */
export type ParsedChanges = ReturnType<typeof parseChanges>;
