import { JobStatus } from '@townkrier/queue';
import { LogSortKey, NotificationLogStatus } from '@townkrier/storage';
import { z } from 'zod';
import { TOPICS } from './live/event-hub.ts';
import type { Range } from './live/job-metrics.ts';

/** The longest page. */
const MAX_LIMIT = 200;
/** As far as pages go. */
const MAX_OFFSET = 100_000_000;

/** Nothing is taken; whatever is given is refused by name. */
export const noQuery = z.strictObject({});
export const noParams = z.strictObject({});

/** A body may be left out or be an empty object. */
export const emptyBody = z.strictObject({}).optional();

const id = z.string().min(1).max(200);
export const byId = z.strictObject({ id });

const text = z
  .string()
  .max(320, 'expected at most 320 characters')
  .refine((value) => !hasControlCharacter(value), 'expected no control characters');

const limit = wholeNumber(1, MAX_LIMIT).default(50);
const offset = wholeNumber(0, MAX_OFFSET).default(0);
const order = z.enum(['asc', 'desc']).default('desc');

export const jobsQuery = z.strictObject({
  status: listOf(Object.values(JobStatus)).optional(),
  queue: text.optional(),
  type: text.optional(),
  name: text.optional(),
  tag: text.optional(),
  limit,
  offset,
  order,
});

export const logsQuery = z
  .strictObject({
    channel: text.optional(),
    status: listOf(Object.values(NotificationLogStatus)).optional(),
    recipient: text.optional(),
    notificationId: text.optional(),
    notificationType: text.optional(),
    jobId: text.optional(),
    provider: text.optional(),
    startDate: moment((date) => `${date}T00:00:00.000Z`).optional(),
    endDate: moment((date) => `${date}T23:59:59.999Z`).optional(),
    limit,
    offset,
    sortBy: z.enum(Object.values(LogSortKey)).default('createdAt'),
    sortOrder: order,
  })
  .refine(
    ({ startDate, endDate }) => startDate === undefined || endDate === undefined || startDate <= endDate,
    {
      path: ['startDate'],
      message: 'expected a moment before endDate',
    },
  );

export const healthQuery = z.strictObject({ deep: z.enum(['0', '1']).default('0') });

const ranges = ['15m', '1h', '6h', '24h'] as const satisfies readonly Range[];
export const timeseriesQuery = z.strictObject({ range: z.enum(ranges).default('1h') });

export const streamQuery = z.strictObject({
  topics: listOf(TOPICS).optional(),
  job: id.optional(),
  /** For those that cannot set the header `Last-Event-ID`. */
  lastEventId: z.string().max(100).optional(),
});

/** Digits only: no sign, no fraction, no exponent, no blanks. */
function wholeNumber(min: number, max: number) {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, expected)
    .transform(Number)
    .pipe(z.int().min(min, expected).max(max, expected));
}

/** One or more of some words, separated by commas. */
function listOf<const Word extends string>(words: readonly Word[]) {
  return z
    .string()
    .transform((value) => value.split(',').map((word) => word.trim()))
    .pipe(z.array(z.enum(words, `expected one or more of ${words.join(', ')}, separated by commas`)));
}

/** A day or a moment, ISO 8601. `ofDay` says which moment of the day (in UTC) a day stands for. */
function moment(ofDay: (date: string) => string) {
  const expected = 'expected a day or a moment in ISO 8601, such as 2026-11-22 or 2026-11-22T09:30:00Z';
  return z
    .union([z.iso.date().transform(ofDay), z.iso.datetime({ offset: true })], expected)
    .transform((value) => new Date(value))
    .pipe(z.date(expected));
}

function hasControlCharacter(value: string): boolean {
  return [...value].some((character) => character < ' ' || character === '\u007f');
}
