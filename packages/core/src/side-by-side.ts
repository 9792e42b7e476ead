/**
 * Runs `work` for each item, at most `limit` at once, and resolves with the results in the order of the items.
 * @throws the first rejection; `work` is expected not to reject.
 */
export async function sideBySide<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  if (items.length <= limit) return Promise.all(items.map(work));
  const results: Result[] = [];
  const queue = items.entries();
  const runner = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: limit }, runner));
  return results;
}
