import {
  type Clock,
  type Delivery,
  type DeliveryDecision,
  type DeliveryMiddleware,
  type DeliveryNext,
  type DeliveryResult,
  type QueuedDelivery,
  TownKrierError,
  type TypedEmitter,
} from '@townkrier/core';
import { StorageError, StorageErrorCode } from './errors.ts';
import { KeyedLock } from './keyed-lock.ts';
import type { LogWriter } from './log-writer.ts';
import { ContentPrivacy } from './notification-log.ts';
import type { ResolvedRecordOptions } from './record-options.ts';
import {
  queuedStep,
  type RecordedStep,
  resultStep,
  type StepContext,
  sendingStep,
  withdrawnStep,
} from './recorded-delivery.ts';
import type { StorageAdapter } from './storage-adapter.ts';
import type { RecordFailedEvent, StorageEvents } from './storage-events.ts';
import { WriteSlots } from './write-slots.ts';

/** What a {@link DeliveryRecorder} works with. */
export interface RecorderParts {
  readonly adapter: StorageAdapter;
  readonly writer: LogWriter;
  readonly clock: Clock;
  readonly events: TypedEmitter<StorageEvents>;
  readonly options: ResolvedRecordOptions;
}

/**
 * The middleware behind `StorageManager.record`: one row a delivery, found by its idempotency key, from the queue to the provider's answer.
 *
 * Every write is awaited, up to `recordTimeout`. What goes wrong with one is told by `record:failed`; the delivery never notices. Writes of one delivery
 * follow one another, so a late one cannot overwrite a newer.
 */
export class DeliveryRecorder implements DeliveryMiddleware {
  readonly name = 'delivery log';
  readonly #parts: RecorderParts;
  readonly #lock = new KeyedLock();
  readonly #slots: WriteSlots;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#slots = new WriteSlots({ limit: parts.options.recordTimeout, clock: parts.clock });
  }

  async deliver(delivery: Delivery, next: DeliveryNext): Promise<DeliveryDecision> {
    // Without a message no provider will be asked; how that ends comes through `settled`.
    if (delivery.message !== undefined) {
      await this.#record('sending', delivery.idempotencyKey, () =>
        sendingStep(delivery, this.#contextOf(delivery)),
      );
    }
    return next(delivery);
  }

  async settled(delivery: Delivery, result: DeliveryResult): Promise<void> {
    await this.#record('result', delivery.idempotencyKey, () =>
      resultStep(delivery, result, this.#contextOf(delivery)),
    );
  }

  async queued(deliveries: readonly QueuedDelivery[]): Promise<void> {
    const records = deliveries.map((delivery) =>
      this.#record('queued', delivery.idempotencyKey, () => queuedStep(delivery, this.#contextOf(delivery))),
    );
    await Promise.all(records);
  }

  async withdrawn(idempotencyKeys: readonly string[], reason: string): Promise<void> {
    await Promise.all(
      idempotencyKeys.map((key) => this.#record('withdrawn', key, () => withdrawnStep(reason))),
    );
  }

  async #record(
    step: RecordFailedEvent['step'],
    idempotencyKey: string,
    make: () => RecordedStep,
  ): Promise<void> {
    try {
      await this.#slots.run(() => this.#lock.run(idempotencyKey, () => this.#write(idempotencyKey, make())));
    } catch (error) {
      this.#report(step, idempotencyKey, error);
    }
  }

  async #write(idempotencyKey: string, step: RecordedStep): Promise<void> {
    const { adapter, writer } = this.#parts;
    const known = await adapter.getByIdempotencyKey(idempotencyKey);
    if (known !== null) return void (await writer.change(known.id, step.change));
    const log = step.create();
    if (log === null) return;
    try {
      await writer.create(log);
    } catch (error) {
      if (!TownKrierError.is(error, StorageErrorCode.STORAGE_DUPLICATE)) throw error;
      // Another process has made the row meanwhile.
      const other = await adapter.getByIdempotencyKey(idempotencyKey);
      if (other === null) throw error;
      await writer.change(other.id, step.change);
    }
  }

  #contextOf(delivery: Delivery | QueuedDelivery): StepContext {
    return { level: this.#levelOf(delivery), now: new Date(this.#parts.clock.now()) };
  }

  #levelOf(delivery: Delivery | QueuedDelivery): ContentPrivacy {
    const { adapter, options } = this.#parts;
    try {
      return options.privacy(delivery) ?? adapter.contentPrivacyLevel ?? ContentPrivacy.MASKED;
    } catch {
      return ContentPrivacy.PRIVATE;
    }
  }

  #report(step: RecordFailedEvent['step'], idempotencyKey: string, error: unknown): void {
    const { clock, events } = this.#parts;
    const failure = TownKrierError.is(error) ? error : adapterFailed(error);
    if (events.hasListeners('record:failed')) {
      events.emit('record:failed', { at: new Date(clock.now()), step, idempotencyKey, error: failure });
    } else {
      process.emitWarning(`The delivery log missed a step (${step}): ${failure.message}`, {
        type: 'TownKrierWarning',
        code: failure.code,
      });
    }
  }
}

function adapterFailed(cause: unknown): StorageError {
  return new StorageError(
    StorageErrorCode.STORAGE_WRITE_FAILED,
    'The storage adapter failed. See the cause.',
    { cause },
  );
}
