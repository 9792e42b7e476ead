/**
 * The most starts in any span of so many milliseconds, wherever it begins.
 * @param starts - In order.
 */
export function mostWithin(starts: readonly number[], spanMs: number): number {
  let first = 0;
  let most = 0;
  for (const [i, moment] of starts.entries()) {
    while ((starts[first] ?? moment) <= moment - spanMs) first++;
    most = Math.max(most, i - first + 1);
  }
  return most;
}
