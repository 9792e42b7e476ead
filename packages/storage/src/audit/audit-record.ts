import { z } from 'zod';
import { StorageErrorCode } from '../errors.ts';
import { parseInput } from '../parse-input.ts';

/** States and numbers. Never payloads, recipients or content. */
export type AuditRecordFacts = Readonly<Record<string, string | number | boolean | null>>;

/** Who did what to what, as it is appended. The `AuditEntry` of `@townkrier/queue` is one. */
export interface AuditRecord {
  /** Of the action; several records may be about one. */
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string; readonly queue: string | null };
  readonly before: AuditRecordFacts | null;
  readonly after: AuditRecordFacts | null;
  readonly outcome: string;
  readonly reason?: string;
  readonly errorCode?: string;
}

/** The longest text in a record. */
const MAX_TEXT = 1024;
/** The most facts before, and after. */
const MAX_FACTS = 50;

/** What every database can keep and give back unchanged. */
const text = z
  .string()
  .max(MAX_TEXT)
  .refine(
    (value) => value.isWellFormed() && !value.includes('\0'),
    'expected a text without U+0000 or halves of pairs',
  );
const name = text.min(1);
const facts = z
  .record(name, z.union([text, z.number(), z.boolean(), z.null()]))
  .refine((value) => Object.keys(value).length <= MAX_FACTS, `expected at most ${MAX_FACTS} facts`)
  .nullable();

const common = {
  id: name,
  actor: name,
  action: name,
  target: z.strictObject({ kind: name, id: name, queue: name.nullable() }),
  before: facts,
  after: facts,
  outcome: name,
  reason: text.optional(),
  errorCode: text.optional(),
};
const recordSchema = z.strictObject({ ...common, at: z.date() });
const storedSchema = z.strictObject({ ...common, at: z.number() });

/**
 * A record as one text: the same record always gives the same, whatever the order of its keys. `at` is in milliseconds since the epoch.
 *
 * @throws {StorageError} `STORAGE_LOG_INVALID`, naming what is wrong.
 */
export function toAuditText(record: AuditRecord): string {
  const what = { code: StorageErrorCode.STORAGE_LOG_INVALID, what: 'The audit record' };
  const { at, ...rest } = parseInput(recordSchema, record, what);
  return toCanonicalJson({ ...rest, at: at.getTime() });
}

/** The record in a stored text. @throws {StorageError} `STORAGE_LOG_INVALID` when somebody has changed it into something that is none. */
export function fromAuditText(stored: string): AuditRecord {
  const what = { code: StorageErrorCode.STORAGE_LOG_INVALID, what: 'A stored audit entry' };
  const { at, reason, errorCode, ...rest } = parseInput(storedSchema, toJson(stored), what);
  return {
    ...rest,
    at: new Date(at),
    ...(reason !== undefined && { reason }),
    ...(errorCode !== undefined && { errorCode }),
  };
}

function toJson(stored: string): unknown {
  try {
    return JSON.parse(stored);
  } catch {
    return null;
  }
}

/** JSON without spaces, with the keys of every object in the order of their code units. */
function toCanonicalJson(value: object): string {
  return JSON.stringify(value, (_key, each: unknown) => (isObject(each) ? sortKeys(each) : each));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without a prototype, so that a fact may be called `__proto__`. */
function sortKeys(value: object): object {
  const sorted: Record<string, unknown> = Object.create(null);
  for (const [key, each] of Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    if (each !== undefined) sorted[key] = each;
  }
  return sorted;
}
