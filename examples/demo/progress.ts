import type { QueueManager, QueueStats } from '@townkrier/queue';

const WAITING = ['pending', 'scheduled', 'retrying', 'processing'] as const;

/** Shows how far the queue has come: one line that is rewritten in a terminal, a line every two seconds elsewhere. */
export class Progress {
  readonly #queue: QueueManager;
  readonly #out: NodeJS.WriteStream;
  #timer: NodeJS.Timeout | undefined;

  constructor(queue: QueueManager, out: NodeJS.WriteStream = process.stdout) {
    this.#queue = queue;
    this.#out = out;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#show(), this.#out.isTTY ? 100 : 2000);
  }

  /** Resolves when no job waits or runs any more. Driven by the queue's events, not by asking again and again. */
  untilIdle(): Promise<void> {
    return new Promise((resolve) => {
      const settled = ['job:completed', 'job:failed', 'job:cancelled'] as const;
      const stopListening = settled.map((event) => this.#queue.on(event, () => void resolveWhenIdle()));
      const resolveWhenIdle = async (): Promise<void> => {
        if (left(await this.#queue.getStats()) > 0) return;
        for (const stop of stopListening) stop();
        resolve();
      };
      void resolveWhenIdle();
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#show();
    if (this.#out.isTTY) this.#out.write('\n');
  }

  async #show(): Promise<void> {
    const line = describe(await this.#queue.getStats());
    this.#out.write(this.#out.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }
}

/** Notifications that are still to be sent. */
export function left(stats: QueueStats): number {
  return WAITING.reduce((sum, status) => sum + stats[status], 0);
}

function describe(stats: QueueStats): string {
  const done = stats.completed + stats.failed;
  const waiting = `${stats.pending} waiting, ${stats.scheduled} scheduled, ${stats.retrying} to retry`;
  return `  ${done} of ${done + left(stats)} done: ${stats.processing} in hand, ${waiting}, ${stats.failed} failed`;
}
