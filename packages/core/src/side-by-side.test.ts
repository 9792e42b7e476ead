import { expect, test } from 'vitest';
import { sideBySide } from './side-by-side.ts';

test.each([
  [0, 3],
  [2, 3],
  [3, 3],
  [10, 3],
])('%i items run, never more than %i at once, with results in their order', async (count, limit) => {
  let running = 0;
  let most = 0;
  const items = Array.from({ length: count }, (_, index) => index);
  const results = await sideBySide(items, limit, async (item) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < 1 + ((item * 7) % 5); turn += 1) await Promise.resolve();
    running -= 1;
    return item * 2;
  });
  expect(results).toEqual(items.map((item) => item * 2));
  expect(most).toBe(Math.min(count, limit));
});
