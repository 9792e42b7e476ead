/** As many at once as a backend answers about as fast as one. */
const BATCH_SIZE = 50;

/** Does something for each item, a batch after the other. @returns the results, in the order of the items. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += BATCH_SIZE) {
    results.push(...(await Promise.all(items.slice(start, start + BATCH_SIZE).map(run))));
  }
  return results;
}
