import { z } from 'zod';
import { StorageErrorCode } from './errors.ts';
import { NotificationLogStatus } from './notification-log.ts';
import { parseInput } from './parse-input.ts';
import type { RecipientHasher } from './recipient-hash.ts';
import { type LogFilters, type LogQuery, LogSortKey, type StatsFilters } from './storage-adapter.ts';

/** @see LogFilters.limit */
export const DEFAULT_PAGE_SIZE = 50;
/** @see LogFilters.limit */
export const MAX_PAGE_SIZE = 1000;

const text = z.string().min(1);
const status = z.enum(NotificationLogStatus);
const dates = { startDate: z.date().optional(), endDate: z.date().optional() };

const filtersSchema = z
  .strictObject({
    channel: text.optional(),
    status: z.union([status, z.array(status).min(1)]).optional(),
    recipient: text.optional(),
    notificationId: text.optional(),
    notificationType: text.optional(),
    jobId: text.optional(),
    provider: text.optional(),
    ...dates,
    limit: z.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
    offset: z.number().int().min(0).default(0),
    sortBy: z.enum(LogSortKey).default('createdAt'),
    sortOrder: z.enum(['asc', 'desc']).default('desc'),
  })
  .refine(endsAfterStart, { path: ['endDate'], message: 'expected a moment not before startDate' });

const statsSchema = z
  .strictObject({ channel: text.optional(), ...dates })
  .refine(endsAfterStart, { path: ['endDate'], message: 'expected a moment not before startDate' });

/** @throws {StorageError} `STORAGE_FILTER_INVALID` */
export function parseFilters(filters: LogFilters, hash: RecipientHasher): LogQuery {
  const { recipient, ...query } = parseInput(filtersSchema, filters, {
    code: StorageErrorCode.STORAGE_FILTER_INVALID,
    what: 'The filter of a log query',
  });
  return recipient === undefined ? query : { ...query, recipientHash: hash(recipient) };
}

/** @throws {StorageError} `STORAGE_FILTER_INVALID` */
export function parseStatsFilters(filters: StatsFilters): StatsFilters {
  return parseInput(statsSchema, filters, {
    code: StorageErrorCode.STORAGE_FILTER_INVALID,
    what: 'The filter of log statistics',
  });
}

/** @throws {StorageError} `STORAGE_FILTER_INVALID` */
export function parseMoment(moment: Date, name: string): Date {
  return parseInput(z.date(), moment, { code: StorageErrorCode.STORAGE_FILTER_INVALID, what: name });
}

function endsAfterStart(range: {
  readonly startDate?: Date | undefined;
  readonly endDate?: Date | undefined;
}): boolean {
  return range.startDate === undefined || range.endDate === undefined || range.startDate <= range.endDate;
}
