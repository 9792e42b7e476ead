import type { Clock, DeliveryResult } from '@townkrier/core';
import type { JobDelivery } from './job.ts';
import type { JobContext } from './queue-adapter.ts';

/**
 * Where the deliveries of a running job stand. Every change is stored before the work goes on; changes made while a store is under way go together
 * in the next one.
 */
export class DeliveryLedger {
  readonly #context: Pick<JobContext, 'saveDeliveries'>;
  readonly #clock: Clock;
  readonly #deliveries: Map<string, JobDelivery>;
  readonly #tried = new Set<string>();
  #lastSave: Promise<void> = Promise.resolve();
  #nextSave: Promise<void> | null = null;
  #isDirty = false;

  constructor(context: Pick<JobContext, 'job' | 'saveDeliveries'>, clock: Clock) {
    this.#context = context;
    this.#clock = clock;
    this.#deliveries = new Map(context.job.deliveries.map((one) => [one.idempotencyKey, one]));
  }

  /** All of them, in the order of the notification. */
  get all(): readonly JobDelivery[] {
    return [...this.#deliveries.values()];
  }

  /** Those that this attempt is to try. */
  get due(): readonly JobDelivery[] {
    return this.all.filter((one) => one.isRetryable);
  }

  /** Those that an attempt before this one left with an unknown outcome may only go to the provider that may have them. */
  get onlyProvider(): Readonly<Record<string, string>> {
    const providers: Record<string, string> = {};
    for (const { idempotencyKey, status, provider } of this.due) {
      if (status === 'unknown' && provider !== null) providers[idempotencyKey] = provider;
    }
    return providers;
  }

  /**
   * Decides about deliveries that an attempt before this one left as `sending`: its worker died while the provider was called, so nobody knows. They
   * are tried again where that cannot send twice, and held otherwise.
   */
  async resolveInterrupted(isSafeToRepeat: (delivery: JobDelivery) => boolean): Promise<void> {
    for (const delivery of this.all) {
      if (delivery.status !== 'sending') continue;
      this.#change(delivery.idempotencyKey, {
        status: 'unknown',
        isRetryable: isSafeToRepeat(delivery),
        reason: 'its worker stopped while the provider was called',
      });
    }
    await this.flush();
  }

  /** Notes that a provider is about to be called. Resolves when that is stored. */
  async sending(idempotencyKey: string, provider: string): Promise<void> {
    const attempts = this.#deliveries.get(idempotencyKey)?.attempts ?? 0;
    const isFirst = !this.#tried.has(idempotencyKey);
    this.#tried.add(idempotencyKey);
    this.#change(idempotencyKey, {
      status: 'sending',
      provider,
      reason: null,
      attempts: isFirst ? attempts + 1 : attempts,
    });
    await this.#save();
  }

  /** Notes how a try ended. Resolves when that is stored, or could not be: {@link DeliveryLedger.flush} tries that again. */
  async ended(result: DeliveryResult): Promise<void> {
    this.#change(result.idempotencyKey, toChange(result));
    await this.#save().catch(() => undefined);
  }

  /** Stores what could not be stored before. @throws what storing threw. */
  async flush(): Promise<void> {
    if (this.#isDirty) await this.#save();
  }

  #change(idempotencyKey: string, change: Partial<JobDelivery>): void {
    const delivery = this.#deliveries.get(idempotencyKey);
    if (delivery === undefined) return;
    this.#deliveries.set(idempotencyKey, {
      ...delivery,
      ...change,
      updatedAt: new Date(this.#clock.now()),
    });
    this.#isDirty = true;
  }

  #save(): Promise<void> {
    this.#nextSave ??= this.#lastSave.then(() => this.#saveNow());
    return this.#nextSave;
  }

  #saveNow(): Promise<void> {
    const save = this.#context.saveDeliveries(this.all);
    this.#nextSave = null;
    this.#isDirty = false;
    // The next save waits for this one, but does not fail because of it.
    this.#lastSave = save.catch(() => {
      this.#isDirty = true;
    });
    return save;
  }
}

function toChange(result: DeliveryResult): Partial<JobDelivery> {
  switch (result.status) {
    case 'sent':
      return {
        status: 'sent',
        isRetryable: false,
        provider: result.provider,
        messageId: result.receipt.messageId,
        reason: null,
      };
    case 'skipped':
      return { status: 'skipped', isRetryable: false, reason: result.reason };
    default:
      return {
        status: result.status,
        isRetryable: result.isRetryable,
        reason: result.error.message,
        ...(result.provider !== undefined && { provider: result.provider }),
      };
  }
}
