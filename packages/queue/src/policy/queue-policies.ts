import { CoreErrorCode, TownKrierError } from '@townkrier/core';
import { QueueError, QueueErrorCode } from '../errors.ts';
import type { NewJob, QueueCapabilities } from '../queue-adapter.ts';
import type { QueueDefinition } from './define-queue.ts';

/** The queues with a policy of one manager. */
export class QueuePolicies {
  readonly #byName: ReadonlyMap<string, QueueDefinition>;

  /**
   * @throws {TownKrierError} `CONFIG_INVALID` for a queue that is defined twice.
   * @throws {QueueError} `QUEUE_UNSUPPORTED` for what the adapter cannot do.
   */
  constructor(definitions: readonly QueueDefinition[], capabilities: QueueCapabilities) {
    const byName = new Map<string, QueueDefinition>();
    for (const definition of definitions) {
      if (byName.has(definition.name)) throw definedTwice(definition);
      checkCapabilities(definition, capabilities);
      byName.set(definition.name, definition);
    }
    this.#byName = byName;
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  get all(): readonly QueueDefinition[] {
    return [...this.#byName.values()];
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** A job, with what it leaves out from the policy of its queue. */
  fill(job: NewJob): NewJob {
    const definition = this.#byName.get(job.queue ?? 'default');
    return definition === undefined ? job : { ...settingsOf(definition), ...job };
  }
}

/** What a definition leaves out is for the adapter to say. */
function settingsOf(definition: QueueDefinition): Partial<NewJob> {
  const { retries, backoff, timeout, retention, agingMs, isFair } = definition;
  return {
    ...(retries !== undefined && { maxRetries: retries }),
    ...(backoff !== undefined && { backoff }),
    ...(timeout !== undefined && { timeout }),
    ...(retention !== undefined && { removeAfter: retention }),
    ...(agingMs !== undefined && { agingMs }),
    ...(isFair && { isFair }),
  };
}

function definedTwice({ name }: QueueDefinition): TownKrierError {
  return new TownKrierError(`The queue ${JSON.stringify(name)} is defined twice. Keep one of the two.`, {
    code: CoreErrorCode.CONFIG_INVALID,
  });
}

function checkCapabilities({ name, ...policy }: QueueDefinition, capabilities: QueueCapabilities): void {
  const lacking = [
    policy.agingMs !== undefined && !capabilities.aging && 'agingMs',
    policy.isFair && !capabilities.fairness && 'isFair',
    policy.rateLimit !== undefined && !capabilities.sharedState && 'rateLimit',
  ].find((option) => option !== false);
  if (lacking === undefined) return;
  throw new QueueError(
    QueueErrorCode.QUEUE_UNSUPPORTED,
    `This adapter cannot do what ${lacking} of the queue ${JSON.stringify(name)} asks for. Leave it out, or use an adapter that can.`,
  );
}
