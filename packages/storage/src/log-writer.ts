import { isDeepStrictEqual } from 'node:util';
import type { Clock, TypedEmitter } from '@townkrier/core';
import { StorageError, StorageErrorCode } from './errors.ts';
import { KeyedLock } from './keyed-lock.ts';
import {
  MAX_RETRY_LOGS,
  type NotificationLogChanges,
  type ParsedChanges,
  parseChanges,
  parseNewLog,
} from './log-input.ts';
import { isStricter, maskFields, pickPersonalFields } from './log-privacy.ts';
import { ContentPrivacy, type NewNotificationLog, type NotificationLog } from './notification-log.ts';
import { omitUndefined } from './parse-input.ts';
import type { RecipientHasher } from './recipient-hash.ts';
import type { NotificationLogPatch, StorageAdapter } from './storage-adapter.ts';
import type { StorageEvents } from './storage-events.ts';

/** What a {@link LogWriter} works with. */
export interface LogWriterParts {
  readonly adapter: StorageAdapter;
  readonly clock: Clock;
  readonly createId: () => string;
  readonly hashRecipient: RecipientHasher;
  readonly events: TypedEmitter<StorageEvents>;
}

/** The only way rows get to an adapter: checks, masks, hashes the recipient, stores, then tells. */
export class LogWriter {
  readonly #parts: LogWriterParts;
  readonly #lock = new KeyedLock();

  constructor(parts: LogWriterParts) {
    this.#parts = parts;
  }

  /** @throws {StorageError} `STORAGE_LOG_INVALID`, or what the adapter throws. */
  async create(input: NewNotificationLog): Promise<NotificationLog> {
    const { adapter } = this.#parts;
    const row = this.#toRow(input);
    await adapter.save([row]);
    this.#tell('log:created', row);
    return row;
  }

  /**
   * Changes a row by what `decide` makes of it; changes of one row follow one another. `null` leaves it as it is.
   * @throws {StorageError} `STORAGE_LOG_NOT_FOUND`, `STORAGE_LOG_INVALID`, `STORAGE_PRIVACY_LOWERED`.
   */
  async change(
    id: string,
    decide: (current: NotificationLog) => NotificationLogChanges | null,
  ): Promise<NotificationLog> {
    const { adapter } = this.#parts;
    return this.#lock.run(id, async () => {
      const current = await adapter.get(id);
      if (current === null) {
        throw new StorageError(
          StorageErrorCode.STORAGE_LOG_NOT_FOUND,
          `There is no log with id ${JSON.stringify(id)}.`,
        );
      }
      const changes = decide(current);
      if (changes === null) return current;
      const row = await adapter.update(id, this.#toPatch(current, parseChanges(changes)));
      this.#tell('log:updated', row);
      return row;
    });
  }

  #toRow(input: NewNotificationLog): NotificationLog {
    const { personalValues = [], recipientHash: _, ...log } = parseNewLog(input);
    const { adapter, clock, createId, hashRecipient } = this.#parts;
    const level = log.contentPrivacy ?? adapter.contentPrivacyLevel ?? ContentPrivacy.MASKED;
    const retryLogs = (log.retryLogs ?? []).map(omitUndefined).slice(-MAX_RETRY_LOGS);
    const masked = maskFields(pickPersonalFields({ ...log, retryLogs }), {
      level,
      channel: log.channel,
      contentType: log.contentType ?? 'text',
      personalValues: Object.freeze([log.recipient, ...personalValues]),
    });
    const now = new Date(clock.now());
    return omitUndefined({
      ...log,
      attempts: log.attempts ?? 0,
      retryLogs,
      ...masked,
      id: createId(),
      contentPrivacy: level,
      recipientHash: hashRecipient(log.recipient),
      createdAt: now,
      updatedAt: now,
      // The spread of a patch may, by its type, lack or undo required keys; `maskFields` returns those it was given.
    }) as NotificationLog;
  }

  #toPatch(current: NotificationLog, parsed: ParsedChanges): NotificationLogPatch {
    assertSame(current, parsed);
    const { clock, hashRecipient } = this.#parts;
    const { personalValues = [], ...fields } = withoutOwnFields(parsed);
    const changed = onlyDifferent(current, fields);
    const level = changed.contentPrivacy ?? current.contentPrivacy;
    if (isStricter(current.contentPrivacy, level)) throw privacyLowered(current, level);

    // A stricter level is applied to all there is, not only to what changes now.
    const shown = level === current.contentPrivacy ? changed : { ...current, ...changed };
    const masked = maskFields(pickPersonalFields(shown), {
      level,
      channel: changed.channel ?? current.channel,
      contentType: changed.contentType ?? current.contentType ?? 'text',
      personalValues: Object.freeze([...knownRecipients(current, changed.recipient), ...personalValues]),
    });
    return {
      ...changed,
      ...masked,
      ...(changed.recipient !== undefined && { recipientHash: hashRecipient(changed.recipient) }),
      updatedAt: new Date(clock.now()),
    };
  }

  #tell(name: 'log:created' | 'log:updated', row: NotificationLog): void {
    const { id: logId, notificationId, channel, status, updatedAt } = row;
    this.#parts.events.emit(name, { at: new Date(updatedAt), logId, notificationId, channel, status });
  }
}

/** What callers may not change; handing back the same is fine. */
function assertSame(current: NotificationLog, { id, createdAt }: ParsedChanges): void {
  const differs =
    (id !== undefined && id !== current.id) ||
    (createdAt !== undefined && createdAt.getTime() !== current.createdAt.getTime());
  if (!differs) return;
  const message = `The id and createdAt of log ${current.id} cannot be changed. Leave them out.`;
  throw new StorageError(StorageErrorCode.STORAGE_LOG_INVALID, message);
}

function withoutOwnFields(changes: ParsedChanges) {
  const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, recipientHash: _hash, ...fields } = changes;
  const { retryLogs, ...others } = fields;
  return retryLogs ? { ...others, retryLogs: retryLogs.map(omitUndefined).slice(-MAX_RETRY_LOGS) } : others;
}

/**
 * The fields that differ from the stored ones. A caller who changes one field of a row it read, and hands the rest back, hands back masked text: taken as
 * new it would be masked again and its recipient hashed anew.
 */
function onlyDifferent<Fields extends object>(current: NotificationLog, fields: Fields): Fields {
  const different = Object.entries(fields).filter(
    ([key, value]) => !isDeepStrictEqual(value, Reflect.get(current, key)),
  );
  // Fewer keys of the same types; all of them are optional.
  return Object.fromEntries(different) as Fields;
}

/** A row kept in clear still tells its recipient, whom its texts may name. */
function knownRecipients(current: NotificationLog, next: string | undefined): string[] {
  const known = current.contentPrivacy === ContentPrivacy.PUBLIC ? [current.recipient] : [];
  return next === undefined ? known : [...known, next];
}

function privacyLowered(current: NotificationLog, level: ContentPrivacy): StorageError {
  const message = `Log ${current.id} was stored as ${current.contentPrivacy} and cannot become ${level}: a level can only be raised.`;
  return new StorageError(StorageErrorCode.STORAGE_PRIVACY_LOWERED, message);
}
