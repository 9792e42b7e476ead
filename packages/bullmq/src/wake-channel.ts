import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { createId } from '@townkrier/core';
import type { Redis } from 'ioredis';
import type { RedisLink } from './redis-link.ts';

/** Seconds a connection waits for a mark before it asks again, so that one that was cut is noticed. */
const BLOCK_SECONDS = 5;
/** Milliseconds before a wait that failed is begun again. */
const RETRY_PAUSE = 500;

/** Keys of marks. */
export interface MarkSelection {
  /** `null` for all. */
  readonly only: readonly string[] | null;
  /** None of these, though `only` may name them. */
  readonly except: readonly string[];
}

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
 * Hears of jobs that may be due, of running jobs that were cancelled, of values that processes share and of events. BullMQ leaves a mark in a queue when jobs may be
 * claimed there, or will be at some moment, and gives it to one of those who wait; a mark that nobody here takes up is put back for others.
 *
 * It opens a connection when somebody first wants to hear, and one more when somebody wants to be woken; a process that only adds jobs has none.
 */
export class WakeChannel {
  /** By this it knows its own news. */
  readonly name = createId();
  readonly #options: WakeChannelOptions;
  readonly #callbacks = new Set<() => void>();
  readonly #sharedCallbacks = new Set<() => void>();
  readonly #appendedCallbacks = new Set<() => void>();
  /** Keys of the marks to wait for. */
  readonly #marks = new Set<string>();
  #blocking: Redis | undefined;
  #news: Redis | undefined;
  /** The mark that was taken and that nobody asked about yet. */
  #untaken: string | null = null;
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
    if (!this.#isClosed) this.#open();
    return () => this.#callbacks.delete(wake);
  }

  /** Calls back when a value that processes share was written. Returns its undo. */
  addShared(callback: () => void): () => void {
    return this.#addNews(this.#sharedCallbacks, callback);
  }

  /** Calls back when events were appended. Returns its undo. */
  addAppended(callback: () => void): () => void {
    return this.#addNews(this.#appendedCallbacks, callback);
  }

  /** Waits for the marks at these keys, too, until the next one comes. */
  listen(marks: readonly string[]): void {
    const before = this.#marks.size;
    for (const mark of marks) this.#marks.add(mark);
    if (this.#marks.size === before) return;
    if (before > 0) this.#askAnew();
    this.#onMarks();
  }

  /** Says that somebody asks for jobs of the queues with these marks, so that the one that woke them need not be put back. */
  noteTakenUp({ only, except }: MarkSelection): void {
    const mark = this.#untaken;
    if (mark === null || except.includes(mark)) return;
    if (only === null || only.includes(mark)) this.#untaken = null;
  }

  readonly wake = (): void => {
    for (const callback of [...this.#callbacks]) callback();
  };

  readonly tellShared = (): void => {
    for (const callback of [...this.#sharedCallbacks]) callback();
  };

  readonly tellAppended = (): void => {
    for (const callback of [...this.#appendedCallbacks]) callback();
  };

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#callbacks.clear();
    this.#sharedCallbacks.clear();
    this.#appendedCallbacks.clear();
    this.#blocking?.disconnect();
    this.#news?.disconnect();
    this.#onMarks();
  }

  #addNews(callbacks: Set<() => void>, callback: () => void): () => void {
    const tell = (): void => callback();
    callbacks.add(tell);
    if (!this.#isClosed) this.#openNews();
    return () => callbacks.delete(tell);
  }

  #open(): void {
    this.#openNews();
    if (this.#blocking !== undefined) return;
    this.#blocking = this.#options.link.duplicate();
    void this.#waitForMarks(this.#blocking);
  }

  #openNews(): void {
    if (this.#news !== undefined) return;
    const { link, root } = this.#options;
    const news = link.duplicate();
    this.#news = news;
    news.on('ready', () => void news.subscribe(`${root}:news`).then(this.#onSubscribed, this.#onFailure));
    news.on('message', (_channel: string, message: string) => this.#hear(message));
  }

  /** What was told until then was not heard. */
  readonly #onSubscribed = (): void => {
    this.tellShared();
    this.tellAppended();
  };

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
    this.#untaken = String(key);
    this.wake();
    await nextTurn();
    await nextTurn();
    if (this.#untaken === null || this.#isClosed) return;
    this.#untaken = null;
    await this.#options.link
      .send((client) => client.zadd(String(key), 'NX', Number(score), String(member)))
      .catch(this.#options.onError);
  }

  #hear(message: string): void {
    const [word, ...rest] = message.split(' ');
    if (word === 'shared') {
      if (rest[0] !== this.name) this.tellShared();
    } else if (word === 'appended') {
      if (rest[0] !== this.name) this.tellAppended();
    } else if (word === 'revoked') {
      this.#options.onRevoked(rest[1] ?? '', Number(rest[0]));
    } else {
      this.wake();
    }
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
