import type { JsonValue } from '@townkrier/core';
import {
  type EventBatch,
  type EventLog,
  type LoggedEvents,
  toEventNumber,
  toLoggedEvents,
} from '@townkrier/queue';
import { toUnavailable } from './bullmq-errors.ts';
import type { JobRedis } from './job-redis.ts';
import type { RedisLink } from './redis-link.ts';
import { toText } from './reply.ts';
import type { WakeChannel } from './wake-channel.ts';

/** Appends whose events are read in one go. */
const BATCHES_AT_ONCE = 20;

/** What a {@link BullMqEventLog} needs. */
export interface BullMqEventLogOptions {
  readonly link: RedisLink;
  readonly redis: JobRedis;
  readonly wakes: WakeChannel;
}

/**
 * The newest events of all processes of a prefix, in one stream of ours. BullMQ has one a queue, so that nothing is in order across queues; what it tells of a job that ended is its result or the
 * stack of its error, which do not belong into events; and it does not know our states, a late report or a timeout.
 */
export class BullMqEventLog implements EventLog {
  readonly #link: RedisLink;
  readonly #redis: JobRedis;
  readonly #wakes: WakeChannel;

  constructor({ link, redis, wakes }: BullMqEventLogOptions) {
    this.#link = link;
    this.#redis = redis;
    this.#wakes = wakes;
  }

  /** @throws {QueueError} `QUEUE_UNAVAILABLE`: whether they were appended is unknown then. */
  async append(events: readonly JsonValue[], keep: number): Promise<void> {
    if (events.length === 0) return;
    const { appendEvents } = this.#redis.scripts;
    const values = [events.length, JSON.stringify(events), keep, this.#wakes.name];
    await this.#redis.run(appendEvents, this.#redis.now(), values);
    this.#wakes.tellAppended();
  }

  /** @throws {QueueError} `QUEUE_UNAVAILABLE`. */
  async read(after: string | null, limit: number): Promise<LoggedEvents> {
    // A number that lies ahead of the latest is found out afterwards; it is rare, and then nothing was found.
    const asked = toEventNumber(after, Number.MAX_SAFE_INTEGER);
    const batches = await this.#readAfter(asked);
    if (batches.length > 0) return toLoggedEvents(after, asked, { batches, limit });
    const number = toEventNumber(after, Number(await this.latest()));
    if (number === asked) return { events: [], isGap: false };
    return toLoggedEvents(after, number, { batches: await this.#readAfter(number), limit });
  }

  /** @throws {QueueError} `QUEUE_UNAVAILABLE`. */
  async latest(): Promise<string> {
    return toText(await this.#redis.run(this.#redis.scripts.latestEvent, this.#redis.now(), []));
  }

  onAppend(callback: () => void): () => void {
    return this.#wakes.addAppended(callback);
  }

  async #readAfter(number: number): Promise<EventBatch[]> {
    const from = String(number + 1);
    const entries = await this.#link
      .send((client) => client.xrange(`${this.#redis.root}:log`, from, '+', 'COUNT', BATCHES_AT_ONCE))
      .catch((error: unknown) => {
        throw toUnavailable(error);
      });
    return entries.map(([id, [, events]]) => ({
      last: Number.parseInt(id, 10),
      events: JSON.parse(toText(events)),
    }));
  }
}
