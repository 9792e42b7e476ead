import type { JsonValue } from '@townkrier/core';
import type { QueueJob } from '@townkrier/queue';

/** Shorter texts stand for nobody, and hiding them would hide half of every other text. */
const SHORTEST_TEXT = 3;
/** Longer texts are prose; no error quotes one whole, and its words are anybody's. */
const LONGEST_TEXT = 200;
/** Numbers of fewer digits are counts more often than codes. */
const SHORTEST_NUMBER = 4;
/** How many values of a job are looked for; a payload beyond that is a data set, not a notification. */
const MAX_VALUES = 500;
/** What stands for a text of a payload. Its length is the same for all, because a length tells something too. */
const HIDDEN = '***';
/** Marks an encoded Date, Map, …; its value is the name of a type. */
const TYPE_MARK = '$type';

/** An address of a stored notification, with the channel it is for. */
export interface JobAddress {
  readonly channel: string;
  readonly address: JsonValue;
}

/**
 * Every text a job's payload holds about people: what must not show up in its errors, log lines, results and metadata either. For a notification
 * the texts of its content and its addresses; for any other job all texts of the payload.
 */
export function personalValuesOf({ payload }: Pick<QueueJob, 'payload'>): string[] {
  const values = new Set<string>();
  if (isStoredNotification(payload)) {
    for (const part of contentParts(payload['content'])) collectTexts(part, values);
    collectTexts(payload['recipient'] ?? null, values);
    for (const { address } of addressesOf(payload)) collectTexts(address, values);
  } else {
    collectTexts(payload, values);
  }
  return [...values];
}

/** The payload with its keys, and `***` for every text and long number that may be about people. */
export function hidePersonalValues(payload: JsonValue): JsonValue {
  if (!isStoredNotification(payload)) return hideTexts(payload);
  const content = payload['content'];
  return {
    ...payload,
    content: isRecord(content)
      ? { ...hideRecord(content), kind: content['kind'] ?? null }
      : hideTexts(content ?? null),
    recipient: hideTexts(payload['recipient'] ?? null),
    deliveries: hideAddresses(payload['deliveries'] ?? null),
  };
}

/** The addresses a notification job is for, in its order; none for any other job. */
export function addressesOf(payload: JsonValue): readonly JobAddress[] {
  const deliveries = isStoredNotification(payload) ? payload['deliveries'] : undefined;
  if (!Array.isArray(deliveries)) return [];
  return deliveries.flatMap((delivery: JsonValue) => {
    if (!isRecord(delivery) || typeof delivery['channel'] !== 'string') return [];
    return [{ channel: delivery['channel'], address: delivery['address'] ?? null }];
  });
}

type JsonRecord = { readonly [key: string]: JsonValue };

function isRecord(value: JsonValue | undefined): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStoredNotification(payload: JsonValue): payload is JsonRecord {
  return isRecord(payload) && payload['format'] === 1 && 'content' in payload && 'deliveries' in payload;
}

/** What the app put in: of rendered messages the values they were made with, not the messages, which are prose. */
function contentParts(content: JsonValue | undefined): readonly JsonValue[] {
  if (!isRecord(content)) return [content ?? null];
  return ['payload', 'fields', 'personalValues'].map((name) => content[name] ?? null);
}

function collectTexts(value: JsonValue, into: Set<string>): void {
  if (into.size >= MAX_VALUES) return;
  if (typeof value === 'string' && isNameLike(value.trim())) into.add(value.trim());
  if (typeof value === 'number' && isLongNumber(value)) into.add(String(value));
  if (typeof value !== 'object' || value === null) return;
  for (const [key, entry] of Object.entries(value)) if (key !== TYPE_MARK) collectTexts(entry, into);
}

function hideTexts(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value === '' ? '' : HIDDEN;
  if (typeof value === 'number') return isLongNumber(value) ? HIDDEN : value;
  if (Array.isArray(value)) return value.map((entry: JsonValue) => hideTexts(entry));
  return isRecord(value) ? hideRecord(value) : value;
}

function hideRecord(record: JsonRecord): JsonRecord {
  return Object.fromEntries(
    Object.entries(record).map(([key, entry]) => [key, key === TYPE_MARK ? entry : hideTexts(entry)]),
  );
}

function hideAddresses(deliveries: JsonValue): JsonValue {
  if (!Array.isArray(deliveries)) return hideTexts(deliveries);
  return deliveries.map((delivery: JsonValue) =>
    isRecord(delivery) ? { ...delivery, address: hideTexts(delivery['address'] ?? null) } : HIDDEN,
  );
}

function isNameLike(text: string): boolean {
  return text.length >= SHORTEST_TEXT && text.length <= LONGEST_TEXT;
}

function isLongNumber(value: number): boolean {
  return String(value).length >= SHORTEST_NUMBER;
}
