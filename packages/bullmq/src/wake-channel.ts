import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { RedisLink } from './redis-link.ts';

/** Seconds a connection waits for a mark before it asks again, so that one that was cut is noticed. */
const BLOCK_SECONDS = 5;
/** Milliseconds before a wait that failed is begun again. */
const RETRY_PAUSE = 500;

/** What a {@link WakeChannel} needs. */
export interface WakeChannelOptions {
  readonly link: RedisLink;
  /** `<prefix>:townkrier:index` */
  readonly root: string;
  readonly onError: (error: unknown) => void;
  /** Called when a job that ran was cancelled: its name in BullMQ, and which start of it that was. */
  readonly onRevoked: (id: string, starts: number) => void;
}

/**
 * Hears of jobs that may be due, and of running jobs that were cancelled. BullMQ leaves a mark in a queue when jobs may be claimed there, or will be at some
 * moment, and gives it to one of those who wait; a mark that nobody here takes up is put back for others.
 *
 * It opens two connections when somebody first wants to be woken, so a process that only adds jobs has none.
 */
export class WakeChannel {
  readonly #options: WakeChannelOptions;
  readonly #callbacks = new Set<() => void>();
  /** Keys of the marks to wait for. */
  readonly #marks = new Set<string>();
  #blocking: Redis | undefined;
  #news: Redis | undefined;
  #wasTakenUp = false;
  #isAskingAnew = false;
  #isClosed = false;
  /** Ends the wait for something to wait for. */
  #onMarks: () => void = () => undefined;

  constructor(options: WakeChannelOptions) {
    this.#options = options;
    options.link.onBack(this.wake);
  }

  /** Calls back when a job may have become due. Returns its undo. */
  add(callback: () => void): () => void {
    // A wrapper of its own, so that one function added twice is taken off one at a time.
    const wake = (): void => callback();
    this.#callbacks.add(wake);
    if (this.#blocking === undefined && !this.#isClosed) this.#open();
    return () => this.#callbacks.delete(wake);
  }

  /** Waits for the marks at these keys, too, until the next one comes. */
  listen(marks: readonly string[]): void {
    const before = this.#marks.size;
    for (const mark of marks) this.#marks.add(mark);
    if (this.#marks.size === before) return;
    if (before > 0) this.#askAnew();
    this.#onMarks();
  }

  /** Says that somebody asks for jobs, so that the mark that woke them need not be put back. */
  noteTakenUp(): void {
    this.#wasTakenUp = true;
  }

  readonly wake = (): void => {
    for (const callback of [...this.#callbacks]) callback();
  };

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#callbacks.clear();
    this.#blocking?.disconnect();
    this.#news?.disconnect();
    this.#onMarks();
  }

  #open(): void {
    const { link, root } = this.#options;
    const blocking = link.duplicate();
    const news = link.duplicate();
    this.#blocking = blocking;
    this.#news = news;
    news.on('ready', () => void news.subscribe(`${root}:news`).catch(this.#onFailure));
    news.on('message', (_channel: string, message: string) => this.#hear(message));
    void this.#waitForMarks(blocking);
  }

  /** A connection that was just closed has nothing to tell. */
  readonly #onFailure = (error: unknown): void => {
    if (!this.#isClosed) this.#options.onError(error);
  };

  /** Never rejects. */
  async #waitForMarks(blocking: Redis): Promise<void> {
    while (!this.#isClosed) {
      await this.#untilWanted();
      await untilReady(blocking);
      if (this.#isClosed || blocking.status === 'end') return;
      this.#isAskingAnew = false;
      try {
        const mark: unknown = await blocking.call('bzpopmin', [...this.#marks, BLOCK_SECONDS]);
        if (Array.isArray(mark)) await this.#take(mark);
      } catch {
        await this.#recover();
      }
    }
  }

  /** What was missed while the connection was away is looked for now. */
  async #recover(): Promise<void> {
    if (!this.#isAskingAnew) await pause(RETRY_PAUSE, undefined, { ref: false });
    this.wake();
  }

  /** The wait under way is for fewer marks; there is no other way to end it. */
  #askAnew(): void {
    if (this.#isAskingAnew) return;
    this.#isAskingAnew = true;
    this.#blocking?.disconnect(true);
  }

  async #take([key, member, score]: readonly unknown[]): Promise<void> {
    this.#marks.clear();
    this.#wasTakenUp = false;
    this.wake();
    await nextTurn();
    await nextTurn();
    if (this.#wasTakenUp || this.#isClosed) return;
    await this.#options.link
      .send((client) => client.zadd(String(key), 'NX', Number(score), String(member)))
      .catch(this.#options.onError);
  }

  #hear(message: string): void {
    const [, starts, id] = /^revoked (\d+) (\S+)$/.exec(message) ?? [];
    if (id === undefined) this.wake();
    else this.#options.onRevoked(id, Number(starts));
  }

  async #untilWanted(): Promise<void> {
    if (this.#marks.size > 0 || this.#isClosed) return;
    await new Promise<void>((resolve) => {
      this.#onMarks = resolve;
    });
  }
}

/** Resolves once the client may be used, or never will be. */
async function untilReady(client: Redis): Promise<void> {
  if (client.status === 'ready' || client.status === 'end') return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      client.off('ready', done);
      client.off('end', done);
      resolve();
    };
    client.on('ready', done);
    client.on('end', done);
  });
}
