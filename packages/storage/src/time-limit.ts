import type { Clock, Timer } from '@townkrier/core';

/** Settles like `work`, or rejects with `late()` once `limit` milliseconds are over; what becomes of `work` then is nobody's concern. */
export async function withTimeLimit<Result>(
  work: Promise<Result>,
  { limit, clock, late }: { readonly limit: number; readonly clock: Clock; readonly late: () => Error },
): Promise<Result> {
  let timer: Timer | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = clock.schedule(() => reject(late()), limit);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    timer?.cancel();
  }
}
