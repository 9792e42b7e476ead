import type { Redis } from 'ioredis';

/**
 * Makes BullMQ's locks run out by a virtual clock. Redis lets them run out by its own: so each lock that was set since the last look is made to stay, and is
 * deleted when its time is over by the other clock.
 */
export class VirtualLocks {
  readonly #redis: Redis;
  readonly #pattern: string;
  readonly #endsAt = new Map<string, number>();

  constructor(redis: Redis, pattern: string) {
    this.#redis = redis;
    this.#pattern = pattern;
  }

  /** Lets `ms` pass for all locks. Called before the clock is moved: what was set until now, was set at `now`. */
  async age(now: number, ms: number): Promise<void> {
    const keys = await this.#redis.keys(this.#pattern);
    for (const key of keys) await this.#note(key, now);
    for (const [key, endsAt] of this.#endsAt) {
      if (endsAt > now + ms) continue;
      this.#endsAt.delete(key);
      await this.#redis.del(key);
    }
  }

  /** One that has time left by Redis' clock was set, or set again, since the last look. */
  async #note(key: string, now: number): Promise<void> {
    const left = await this.#redis.pttl(key);
    if (left < 0) return;
    // Some milliseconds have really passed since; leases here are whole thousands.
    this.#endsAt.set(key, now + Math.ceil(left / 1000) * 1000);
    await this.#redis.persist(key);
  }
}
