import { QueueError, QueueErrorCode } from '@townkrier/queue';
import { Redis, type RedisOptions } from 'ioredis';
import { AnswerWatch } from './answer-watch.ts';
import { toUnavailable } from './bullmq-errors.ts';
import type { Script } from './scripts/script.ts';

/** Milliseconds that Redis may take to answer a worker. An add has its own, shorter limit. */
const ANSWER_TIMEOUT = 10_000;
/** The longest pause between two tries to connect. Milliseconds. */
const LONGEST_RETRY_PAUSE = 2_000;

/** How a connection of ours behaves: what cannot be sent, or was not answered, fails at once, and whoever called decides what then. */
const OUR_WAY = {
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  replyMapping: 'legacy',
} as const;

const DEFAULTS = {
  keepAlive: ANSWER_TIMEOUT,
  retryStrategy: (times: number) => Math.min(100 * times, LONGEST_RETRY_PAUSE),
  // A server that became a replica keeps the connection, but can store nothing.
  reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
};

/** What a {@link RedisLink} needs. */
export interface RedisLinkOptions {
  /** Where Redis is, or a client of the caller's. */
  readonly connection: string | RedisOptions | Redis;
  /** Milliseconds to wait for a server that is away. */
  readonly patience: number;
  readonly onError: (error: unknown) => void;
}

/** The way to Redis. It never waits without end, and never keeps what it could not send. */
export class RedisLink {
  readonly #client: Redis;
  readonly #isOurs: boolean;
  readonly #options: RedisLinkOptions;
  readonly #watch = new AnswerWatch();
  /** When it went away, by `performance.now()`; `null` while it is there. */
  #awaySince: number | null = performance.now();
  /** Set while an answer is overdue. */
  #isSilent = false;
  #isErrorReported = false;
  #isClosed = false;
  readonly #waiting = new Set<() => void>();
  readonly #backCallbacks = new Set<() => void>();

  constructor(options: RedisLinkOptions) {
    const { connection } = options;
    this.#options = options;
    this.#isOurs = !isClient(connection);
    this.#client = isClient(connection) ? connection : connect(connection);
    this.#client.on('ready', this.#onReady);
    this.#client.on('close', this.#onClose);
    this.#client.on('error', this.#onError);
    if (this.#client.status === 'ready') this.#awaySince = null;
    if (this.#client.status === 'wait') this.#client.connect().catch(() => undefined);
  }

  /** Calls back whenever the server is there again. Returns its undo. */
  onBack(callback: () => void): () => void {
    this.#backCallbacks.add(callback);
    return () => this.#backCallbacks.delete(callback);
  }

  /**
   * Runs a script on one key.
   *
   * @throws {QueueError} `QUEUE_UNAVAILABLE` when the server is away longer than the patience, does not answer in time, or refuses. Whether it ran is unknown
   * then.
   */
  run(script: Script, key: string, args: readonly (string | number)[], timeout?: number): Promise<unknown> {
    return this.send((client) => evaluate(client, script, [1, key, ...args]), timeout);
  }

  /** Sends a command. @throws as {@link RedisLink.run}. */
  send<T>(command: (client: Redis) => Promise<T>, timeout = ANSWER_TIMEOUT): Promise<T> {
    // Not `async`: most calls come here while all is well, and each promise more is felt.
    if (this.#awaySince !== null) return this.#untilBack().then(() => this.send(command, timeout));
    return this.#watch.within(timeout, command(this.#client), () => {
      this.#onOverdue();
      return unavailable(`Redis did not answer within ${timeout} ms.`);
    });
  }

  /** A connection of its own, with the same options; whoever asked for it closes it. One that does not answer is replaced. */
  duplicate(): Redis {
    const client = this.#client.duplicate({
      ...OUR_WAY,
      lazyConnect: false,
      commandTimeout: undefined,
      socketTimeout: ANSWER_TIMEOUT,
    });
    client.on('error', this.#onError);
    return client;
  }

  /** Lets go of the caller's client, or closes its own. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#client.off('ready', this.#onReady);
    this.#client.off('close', this.#onClose);
    if (this.#isOurs) this.#client.disconnect();
    else this.#client.off('error', this.#onError);
  }

  async #untilBack(): Promise<void> {
    const left = this.#options.patience - (performance.now() - (this.#awaySince ?? 0));
    if (left <= 0) throw this.#away();
    await new Promise<void>((resolve, reject) => {
      const onBack = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(onBack);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(onBack);
        reject(this.#away());
      }, left);
      this.#waiting.add(onBack);
    });
  }

  /** A connection that does not answer may be cut without anybody having said so: nothing more is sent until it answers, or is replaced. */
  #onOverdue(): void {
    if (this.#isSilent) return;
    this.#isSilent = true;
    this.#awaySince ??= performance.now() - this.#options.patience;
    if (this.#isOurs) this.#client.disconnect(true);
    else this.#client.ping().then(this.#onReady, () => undefined);
  }

  readonly #onReady = (): void => {
    this.#awaySince = null;
    this.#isSilent = false;
    this.#isErrorReported = false;
    for (const goOn of [...this.#waiting]) goOn();
    for (const callback of [...this.#backCallbacks]) callback();
  };

  readonly #onClose = (): void => {
    this.#awaySince ??= performance.now();
  };

  /** One report for each time it is away; every try to connect fails with the same. None of those it closed. */
  readonly #onError = (error: unknown): void => {
    if (this.#isErrorReported || this.#isClosed) return;
    this.#isErrorReported = true;
    this.#options.onError(error);
  };

  #away(): QueueError {
    return unavailable(`Redis is not connected, and was not within ${this.#options.patience} ms.`);
  }
}

/** A server that has not seen the script is told it. */
function evaluate(client: Redis, { sha, lua }: Script, args: (string | number)[]): Promise<unknown> {
  return client.call('evalsha', [sha, ...args]).catch((error: unknown) => {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw toUnavailable(error);
    return client.call('eval', [lua, ...args]).catch((again: unknown) => {
      throw toUnavailable(again);
    });
  });
}

/** Whether a value is an ioredis client, also one of another copy of that package. */
export function isClient(value: unknown): value is Redis {
  if (typeof value !== 'object' || value === null) return false;
  return ['call', 'duplicate', 'disconnect', 'connect'].every(
    (method) => typeof Reflect.get(value, method) === 'function',
  );
}

function connect(connection: string | RedisOptions): Redis {
  return typeof connection === 'string'
    ? new Redis(connection, { ...DEFAULTS, ...OUR_WAY })
    : new Redis({ ...DEFAULTS, ...connection, ...OUR_WAY });
}

function unavailable(message: string): QueueError {
  return new QueueError(QueueErrorCode.QUEUE_UNAVAILABLE, message);
}
