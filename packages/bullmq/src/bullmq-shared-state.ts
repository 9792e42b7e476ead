import { type Clock, createId, type JsonValue, systemClock } from '@townkrier/core';
import type { SharedChange, SharedEntry, SharedState } from '@townkrier/queue';
import { toUnavailable } from './bullmq-errors.ts';
import type { JobRedis } from './job-redis.ts';
import type { RedisLink } from './redis-link.ts';
import { isOne, toHash, toList, toText } from './reply.ts';
import type { WakeChannel } from './wake-channel.ts';

/** What a {@link BullMqSharedState} needs. */
export interface BullMqSharedStateOptions {
  readonly link: RedisLink;
  readonly redis: JobRedis;
  readonly wakes: WakeChannel;
  readonly clock: Clock;
}

/** Small values that the processes of a prefix share, in one hash. */
export class BullMqSharedState implements SharedState {
  readonly #link: RedisLink;
  readonly #redis: JobRedis;
  readonly #wakes: WakeChannel;
  readonly #clock: Clock;

  constructor({ link, redis, wakes, clock }: BullMqSharedStateOptions) {
    this.#link = link;
    this.#redis = redis;
    this.#wakes = wakes;
    this.#clock = clock;
  }

  /** @throws {QueueError} `QUEUE_UNAVAILABLE`. */
  async read(key: string): Promise<SharedEntry | null> {
    const field = toField(key);
    const kept = await this.#link
      .send((client) => client.hget(`${this.#redis.root}:shared`, field))
      .catch(refuse);
    return kept === null ? null : toEntry(key, kept);
  }

  /** @throws {QueueError} `QUEUE_UNAVAILABLE`. */
  async list(prefix: string): Promise<readonly SharedEntry[]> {
    const { listShared } = this.#redis.scripts;
    // A pair of surrogates is one letter in Redis; half of one begins no key there.
    const begin = toField(prefix.replace(/[\ud800-\udbff]$/, ''));
    const found = toHash(await this.#redis.run(listShared, this.#redis.now(), [begin]));
    return [...found]
      .map(([field, kept]) => toEntry(fromField(field), kept))
      .filter(({ key }) => key.startsWith(prefix))
      .sort((one, other) => (one.key < other.key ? -1 : 1));
  }

  /** @throws {QueueError} `QUEUE_UNAVAILABLE`: whether it was written is unknown then, and reading it again says so. */
  async write({ key, value, version }: SharedChange): Promise<string | null> {
    // By chance, not by counting: a Redis that lost its last second would count it once more.
    const next = createId();
    const { writeShared } = this.#redis.scripts;
    const json = value === null ? '' : JSON.stringify(value);
    const values = [toField(key), version ?? '', next, json, this.#wakes.name];
    if (!isOne(await this.#redis.run(writeShared, this.#redis.now(), values))) return null;
    this.#wakes.tellShared();
    return next;
  }

  /** Redis' clock, which all processes have in common; a clock that was handed in goes before. */
  async now(): Promise<number> {
    if (this.#clock !== systemClock) return this.#clock.now();
    const [seconds, microseconds] = toList(await this.#link.send((client) => client.time()).catch(refuse));
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  }

  onChange(callback: () => void): () => void {
    return this.#wakes.addShared(callback);
  }
}

function refuse(error: unknown): never {
  throw toUnavailable(error);
}

/** As text in JSON: half of a pair of surrogates comes back as it was, and a key still begins as it did. */
function toField(key: string): string {
  return JSON.stringify(key).slice(1, -1);
}

function fromField(field: string): string {
  return toText(JSON.parse(`"${field}"`));
}

function toEntry(key: string, kept: string): SharedEntry {
  const end = kept.indexOf(' ');
  const value: JsonValue = JSON.parse(kept.slice(end + 1));
  return { key, value, version: kept.slice(0, end) };
}
