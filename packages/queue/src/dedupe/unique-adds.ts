import { CoreErrorCode, parseOptions, TownKrierError } from '@townkrier/core';
import { createJobId } from '../job-id.ts';
import { MAX_RETENTION_MS, unsupported } from '../new-job.ts';
import type { AddOptions, NewJob, QueueAdapter } from '../queue-adapter.ts';
import { addOne } from './add-one.ts';
import type { UniqueAdd } from './add-result.ts';
import { DebouncedAdds } from './debounced-adds.ts';
import { checkAlone, type Dedupe, type DedupeOption, dedupeSchema } from './dedupe.ts';
import { entryKey } from './dedupe-entries.ts';
import { ExpiredEntries } from './expired-entries.ts';
import { keyOfWindow } from './windowed-key.ts';

/** Milliseconds a job is kept longer than its window: for adds that were under way when that ended. */
const GRACE_MS = 60_000;

/** Makes the job that is added: with a moment, for one that is due then. */
export type BuildJob = (scheduledFor?: Date) => NewJob;

/** How a job is added. */
export type UniqueAddOptions = AddOptions & DedupeOption;

/** Adds jobs, and says which of them are new. */
export class UniqueAdds {
  readonly #adapter: QueueAdapter;
  readonly #debounced: DebouncedAdds | undefined;
  readonly #expired: ExpiredEntries | undefined;

  constructor(adapter: QueueAdapter) {
    const { shared } = adapter;
    this.#adapter = adapter;
    if (shared === undefined) return;
    this.#debounced = new DebouncedAdds(adapter, shared);
    this.#expired = new ExpiredEntries(shared);
  }

  /**
   * Adds a job, unless `dedupe` says that there is one, or one is kept under its `idempotencyKey`.
   *
   * @throws {QueueError} `QUEUE_UNSUPPORTED` for a `dedupe` where processes share no values.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong `dedupe`, or an `id`.
   */
  async add(build: BuildJob, { dedupe, transaction }: UniqueAddOptions = {}): Promise<UniqueAdd> {
    // Built before anything is shared: what is wrong with it must not begin a window.
    const job = build();
    if (dedupe !== undefined) {
      checkAlone(dedupe, { ...job, transaction });
      return this.#addDeduped(job, build, parseOptions(dedupeSchema, dedupe, 'dedupe'));
    }
    checkNoId(job);
    return this.#addNew(job, { transaction });
  }

  async #addDeduped(job: NewJob, build: BuildJob, dedupe: Dedupe): Promise<UniqueAdd> {
    const { shared } = this.#adapter;
    if (shared === undefined || this.#debounced === undefined)
      throw unsupported('values that processes share; leave out the option dedupe');
    const now = await shared.now();
    this.#expired?.sweepSoon(now);
    const { queue = 'default' } = job;
    if ('debounce' in dedupe) {
      const name = entryKey('debounce', queue, dedupe.key);
      return this.#debounced.add({ name, dedupe, now, build });
    }
    const name = entryKey('window', queue, dedupe.key);
    const { window } = dedupe;
    const freshKey = `dedupe:${createJobId()}`;
    const idempotencyKey = await keyOfWindow(shared, name, { window, now, freshKey });
    const keyRetention = Math.min(Math.max(job.keyRetention ?? 0, window + GRACE_MS), MAX_RETENTION_MS);
    return this.#addNew({ ...job, idempotencyKey, keyRetention }, {});
  }

  /** By the id, which is made here, a new job is told from a kept one: also when the add was repeated because an answer got lost. */
  async #addNew(job: NewJob, options: AddOptions): Promise<UniqueAdd> {
    const id = createJobId();
    const added = await addOne(this.#adapter, { ...job, id }, options);
    return { job: added, outcome: added.id === id ? 'added' : 'exists', replaced: [] };
  }
}

function checkNoId({ id }: NewJob): void {
  if (id === undefined) return;
  throw new TownKrierError(
    `id must be left out, got ${JSON.stringify(id)}: by an id of its own a new job is told from a kept one. Give an idempotencyKey instead.`,
    { code: CoreErrorCode.CONFIG_INVALID },
  );
}
