import type { JobRedis } from './job-redis.ts';
import { toList, toText } from './reply.ts';

/** Jobs looked at in one go, so that Redis is not held up. */
const AT_ONCE = 200;

/** Forgets jobs whose time in the history, or whose `removeAfter`, is over. */
export class JobEviction {
  readonly #redis: JobRedis;
  readonly #finishedMaxAge: number;
  readonly #onError: (error: unknown) => void;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    redis: JobRedis,
    {
      finishedMaxAge,
      onError,
    }: { readonly finishedMaxAge: number; readonly onError: (error: unknown) => void },
  ) {
    this.#redis = redis;
    this.#finishedMaxAge = finishedMaxAge;
    this.#onError = onError;
  }

  /** Begins, unless it is under way. It may take long, and nobody has to wait for it. */
  start(): void {
    this.#running ??= this.#evictAll()
      .catch(this.#onError)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Stops it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #evictAll(): Promise<void> {
    const [, queues] = toList(await this.#redis.run(this.#redis.scripts.nextDue, this.#redis.now(), [0]));
    for (const queue of toList(queues).map(toText)) {
      for (const place of ['completed', 'failed']) await this.#evict(queue, place);
      await this.#evictLeaving(queue);
    }
  }

  async #evictLeaving(queue: string): Promise<void> {
    for (let looked = AT_ONCE; looked === AT_ONCE && !this.#isClosed; ) {
      const values = [queue, AT_ONCE];
      looked = Number(await this.#redis.run(this.#redis.scripts.evictLeaving, this.#redis.now(), values));
    }
  }

  async #evict(queue: string, place: string): Promise<void> {
    for (let offset = 0; !this.#isClosed; ) {
      const now = this.#redis.now();
      const values = [queue, place, now - this.#finishedMaxAge, offset, AT_ONCE];
      const [erased, passed] = toList(await this.#redis.run(this.#redis.scripts.evict, now, values));
      if (Number(erased) + Number(passed) < AT_ONCE) return;
      offset += Number(passed);
    }
  }
}
