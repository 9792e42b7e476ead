import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { TownKrierError } from '@townkrier/core';
import type { QueueJob, QueueManager } from '@townkrier/queue';
import { Numbered, RECIPIENT } from './app.ts';
import { LineWriter, readLines } from './line-file.ts';

/** Milliseconds before an enqueue that was refused is tried again. */
const RETRY_DELAY = 50;

/** What a producer is to do. */
export interface ProduceOptions {
  /** The numbers of the notifications: from this one on … */
  readonly from: number;
  /** … so many. */
  readonly count: number;
  readonly channels?: readonly string[] | undefined;
  /** Calls under way at once. @default 100 */
  readonly lanes?: number;
  /** Whether it tries again, with the same key, what was refused. @default false */
  readonly triesAgain?: boolean;
}

/** What a producer wrote down: a line before each call, a line after it resolved. */
export interface ProducerRecord {
  readonly attempted: ReadonlySet<number>;
  /** The job of each number that was acknowledged. */
  readonly acknowledged: ReadonlyMap<number, string>;
  /** Codes of the refusals, and how many there were. */
  readonly refused: ReadonlyMap<string, number>;
  /** Milliseconds that the slowest refusal took. */
  readonly slowestRefusal: number;
}

/** Where a producer writes its record. */
function recordPath(folder: string): string {
  return join(folder, 'producer.record');
}

/** Enqueues numbered notifications and keeps the record. Never rejects: what is refused is on record. */
export async function produce(queue: QueueManager, folder: string, options: ProduceOptions): Promise<void> {
  const { from, count, channels, lanes = 100, triesAgain = false } = options;
  const record = new LineWriter(recordPath(folder));
  let next = from;
  const runLane = async (): Promise<void> => {
    while (next < from + count) {
      const n = next++;
      record.write('attempted', n);
      while (!(await enqueueOne(queue, record, new Numbered(n, channels))) && triesAgain)
        await wait(RETRY_DELAY);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, runLane));
}

async function enqueueOne(queue: QueueManager, record: LineWriter, notification: Numbered): Promise<boolean> {
  const { n } = notification;
  const start = Date.now();
  try {
    const { id } = await queue.enqueue(notification, RECIPIENT, { idempotencyKey: `n-${n}` });
    record.write('acknowledged', n, id);
    return true;
  } catch (error) {
    const code = TownKrierError.is(error) ? error.code : `untyped:${String(error)}`;
    record.write('refused', n, code.replaceAll(/\s+/g, '_'), Date.now() - start);
    return false;
  }
}

/** The number of the notification that a job sends. */
export function numberOf({ idempotencyKey }: QueueJob): number {
  return Number(idempotencyKey?.slice('n-'.length));
}

/** Reads what producers wrote down in a folder. */
export function readRecord(folder: string): ProducerRecord {
  const attempted = new Set<number>();
  const acknowledged = new Map<number, string>();
  const refused = new Map<string, number>();
  let slowestRefusal = 0;
  for (const [what, n = '', detail = '', ms = '0'] of readLines(recordPath(folder))) {
    if (what === 'attempted') attempted.add(Number(n));
    else if (what === 'acknowledged') acknowledged.set(Number(n), detail);
    else {
      refused.set(detail, (refused.get(detail) ?? 0) + 1);
      slowestRefusal = Math.max(slowestRefusal, Number(ms));
    }
  }
  return { attempted, acknowledged, refused, slowestRefusal };
}
