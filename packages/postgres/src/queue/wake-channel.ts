import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { PostgresClient, PostgresNotification } from '../postgres-connection.ts';
import { type PostgresDatabase, quoteName } from '../postgres-database.ts';
import { TimeLimit } from '../time-limit.ts';

/** Bytes the name of a channel may have. */
const MAX_CHANNEL_BYTES = 63;
/** Milliseconds before a lost connection is opened again; doubles with each failure up to the last. */
const FIRST_RETRY = 100;
const LAST_RETRY = 5_000;

/** How a connection is watched that may be dead without anybody saying so. Milliseconds. */
export interface ListenOptions {
  /** Between two questions whether the server still answers. @default 10000 */
  readonly checkInterval?: number;
  /** That the answer may take. @default 5000 */
  readonly checkTimeout?: number;
}

const noticeSchema = z.union([
  z.object({ wake: z.literal(true), by: z.string().nullable() }),
  z.object({ changed: z.literal(true), by: z.string().nullable() }),
  z.object({ appended: z.literal(true), by: z.string().nullable() }),
  z.object({ revoked: z.object({ jobId: z.string(), claim: z.number(), workerId: z.string() }) }),
]);

/**
 * What one store tells the others. `wake`: a job may have become due that was not before; `by` is the store that says it, which has woken its own workers
 * already. `changed`: a shared value was written; `by` as before. `appended`: so were events. `revoked`: a running job was cancelled, and its claim is void.
 */
export type Notice = z.infer<typeof noticeSchema>;

/** The channel on which the stores of a schema talk to each other. */
export function channelOf(schema: string): string {
  const name = `${schema}.jobs`;
  if (Buffer.byteLength(name) <= MAX_CHANNEL_BYTES) return name;
  return `townkrier.${createHash('sha256').update(schema).digest('hex').slice(0, 32)}`;
}

/** A notice as it is sent. */
export function toPayload(notice: Notice): string {
  return JSON.stringify(notice);
}

/**
 * Listens to what other processes tell, on a connection of its own as long as someone wants to hear. A connection that is lost, or that no longer answers,
 * is replaced; as notices may have been missed meanwhile, that counts as one of each that can be missed.
 */
export class WakeChannel {
  readonly #database: PostgresDatabase;
  readonly #channel: string;
  readonly #onNotice: (notice: Notice) => void;
  readonly #options: Required<ListenOptions>;
  readonly #listeners = new Set<symbol>();
  #session: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(database: PostgresDatabase, onNotice: (notice: Notice) => void, options: ListenOptions = {}) {
    this.#database = database;
    this.#channel = channelOf(database.schema);
    this.#onNotice = onNotice;
    this.#options = { checkInterval: 10_000, checkTimeout: 5_000, ...options };
  }

  /** Listens for as long as anybody wants to. Returns its undo. */
  listen(): () => void {
    const listener = Symbol('listener');
    this.#listeners.add(listener);
    if (this.#session === undefined) {
      const stop = new AbortController();
      this.#session = { stop, ended: this.#listen(stop.signal) };
    }
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) void this.stop();
    };
  }

  /** Stops listening, whoever wants to, and gives the connection back. Idempotent. */
  async stop(): Promise<void> {
    this.#listeners.clear();
    const session = this.#session;
    this.#session = undefined;
    session?.stop.abort();
    await session?.ended;
  }

  /** One connection after the other until it is stopped. Never rejects: what it misses, the slow poll of the workers finds. */
  async #listen(stopped: AbortSignal): Promise<void> {
    for (let failures = 0; !stopped.aborted; failures++) {
      try {
        await this.#listenOnce(stopped, () => {
          failures = 0;
          this.#onNotice({ wake: true, by: null });
          this.#onNotice({ changed: true, by: null });
          this.#onNotice({ appended: true, by: null });
        });
      } catch {
        // Told by whatever else needs the server: claims and heartbeats.
      }
      const delay = Math.min(FIRST_RETRY * 2 ** failures, LAST_RETRY);
      await wait(delay, undefined, { ref: false, signal: stopped }).catch(() => undefined);
    }
  }

  /** Resolves or rejects when the connection is no longer of use. */
  async #listenOnce(stopped: AbortSignal, onListening: () => void): Promise<void> {
    const client = await this.#database.connect(this.#options.checkTimeout);
    const broken = new AbortController();
    const onBroken = (): void => broken.abort();
    client.on('error', onBroken);
    client.on('end', onBroken);
    client.on('notification', this.#onNotification);
    try {
      await this.#ask(client, `LISTEN ${quoteName(this.#channel)}`);
      if (!stopped.aborted) onListening();
      const over = AbortSignal.any([stopped, broken.signal]);
      while (!over.aborted) {
        await wait(this.#options.checkInterval, undefined, { ref: false, signal: over }).catch(
          () => undefined,
        );
        if (!over.aborted) await this.#ask(client, 'SELECT 1');
      }
    } finally {
      client.removeListener('notification', this.#onNotification);
      // The listener for errors stays: a connection may fail while it is being closed.
      client.release(true);
    }
  }

  async #ask(client: PostgresClient, text: string): Promise<void> {
    await new TimeLimit(this.#options.checkTimeout).within(client.query({ text }));
  }

  readonly #onNotification = ({ channel, payload }: PostgresNotification): void => {
    if (channel !== this.#channel) return;
    const notice = toNotice(payload);
    if (notice !== null) this.#onNotice(notice);
  };
}

/** Only stores of ours write to the channel, but anybody can. */
function toNotice(payload: string | undefined): Notice | null {
  try {
    return noticeSchema.safeParse(JSON.parse(payload ?? '')).data ?? null;
  } catch {
    return null;
  }
}
