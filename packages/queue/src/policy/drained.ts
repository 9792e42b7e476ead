import type { Clock } from '@townkrier/core';
import type { JobEventName } from '../events.ts';
import type { QueueAdapter } from '../queue-adapter.ts';

/** Milliseconds between two looks, for jobs that other processes end. */
const LOOK_MS = 1_000;

/** What a job of this process does when it is no longer due. */
const ENDINGS: readonly JobEventName[] = [
  'job:completed',
  'job:failed',
  'job:retrying',
  'job:cancelled',
  'job:deleted',
];

/** Resolves when no job of a queue is due or runs. @throws the signal's reason once it aborts. */
export async function untilDrained(
  { adapter, clock }: { readonly adapter: QueueAdapter; readonly clock: Clock },
  queue: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const change = nextChange({ adapter, clock }, queue, signal);
    try {
      const { pending, processing } = await adapter.getStats(queue);
      if (pending + processing === 0) return;
      await change.happened;
    } finally {
      change.stop();
    }
  }
}

/** Listens from now on, so that what ends while the queue is looked at is not missed. */
function nextChange(
  { adapter, clock }: { readonly adapter: QueueAdapter; readonly clock: Clock },
  queue: string,
  signal: AbortSignal | undefined,
) {
  const { promise: happened, resolve } = Promise.withResolvers<void>();
  const stops = ENDINGS.map((name) => adapter.on(name, (event) => void (event.queue === queue && resolve())));
  const timer = clock.schedule(resolve, LOOK_MS);
  const onAbort = () => resolve();
  signal?.addEventListener('abort', onAbort);
  const stop = (): void => {
    timer.cancel();
    signal?.removeEventListener('abort', onAbort);
    for (const stopListening of stops) stopListening();
  };
  return { happened, stop };
}
