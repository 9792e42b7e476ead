import { QueueKeys } from 'bullmq';

/** What stands before a name that had to be written differently. */
const MARK = '~';
/** Begins with no dot, and has something that is no digit. */
const PLAIN = /^(?!\d+$)[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;
const UNSAFE_UNIT = /[^A-Za-z0-9_.-]/g;

/** A job of one of these names would be kept where BullMQ, or we, keep something else. */
const TAKEN = new Set([...Object.keys(new QueueKeys().getKeys('any')), 'dn', 'metrics', 'townkrier']);

/**
 * The name of a queue, or the id of a job, as BullMQ may be given it. Usual ones stay as they are. BullMQ separates the parts of a key with `:`, takes ids of
 * digits for its own, and keeps its lists beside the jobs (`wait`, `active`, …): such names, and those with anything but letters, digits, `-`, `_` and `.`,
 * are written as `~` and each other character as `%` and four hexadecimal digits. Two different names never become one.
 */
export function toBullMqName(name: string): string {
  if (PLAIN.test(name) && !TAKEN.has(name)) return name;
  return MARK + name.replace(UNSAFE_UNIT, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The name that {@link toBullMqName} was given. */
export function fromBullMqName(name: string): string {
  if (!name.startsWith(MARK)) return name;
  return name
    .slice(MARK.length)
    .replace(/%([0-9a-f]{4})/g, (_match, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** An idempotency key as a field of a hash in Redis: half of a pair of surrogates would not come back as it was. */
export function toKeyField(key: string): string {
  return key.isWellFormed() ? `=${key}` : toBullMqName(`=${key}`);
}
