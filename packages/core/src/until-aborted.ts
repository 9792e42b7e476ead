import { abortedFailure } from './delivery-failure.ts';

/**
 * What `promise` resolves with, unless `signal` aborts first: code of the app that never ends must not hold a delivery beyond its abort.
 * @throws {TownKrierError} `SEND_ABORTED` on abort; what `promise` rejects with.
 */
export async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortedFailure(signal.reason).error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
