import type { Created, CreationIndex } from './creation-index.ts';

/** Which part of several indexes, read as one. */
export interface PageRequest {
  readonly limit: number;
  readonly offset: number;
  readonly order: 'asc' | 'desc';
}

/**
 * A page of several indexes read as one, in the order of creation. Costs a logarithm of the size for the offset, and a few steps per value for the
 * page; never a walk over what is passed over.
 */
export function mergedPage<Value extends Created>(
  indexes: readonly CreationIndex<Value>[],
  request: PageRequest,
): Value[] {
  const total = indexes.reduce((sum, index) => sum + index.size, 0);
  if (request.offset >= total) return [];
  const isAscending = request.order === 'asc';
  const below = isAscending ? request.offset : total - request.offset;
  const starts = splitAt(indexes, below, total);
  const cursors = indexes.map((index, i) => new Cursor(index, starts[i] ?? 0, isAscending));
  return take(cursors, Math.min(request.limit, total - request.offset), isAscending);
}

/** For each index, how many of its values are among the `below` oldest of all. */
function splitAt<Value extends Created>(
  indexes: readonly CreationIndex<Value>[],
  below: number,
  total: number,
): number[] {
  if (below === 0) return indexes.map(() => 0);
  if (below === total) return indexes.map((index) => index.size);
  if (indexes.length === 1) return [below];
  let low = 0;
  let high = Math.max(...indexes.map((index) => index.at(index.size - 1)?.sequence ?? 0));
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (indexes.reduce((sum, index) => sum + index.rank(middle), 0) < below) low = middle + 1;
    else high = middle;
  }
  return indexes.map((index) => index.rank(low));
}

function take<Value extends Created>(
  cursors: readonly Cursor<Value>[],
  count: number,
  isAscending: boolean,
): Value[] {
  const page: Value[] = [];
  while (page.length < count) {
    let best: Cursor<Value> | undefined;
    for (const cursor of cursors) {
      if (cursor.head === undefined) continue;
      const isEarlier = best?.head === undefined || cursor.head.sequence < best.head.sequence === isAscending;
      if (isEarlier) best = cursor;
    }
    if (best?.head === undefined) break;
    page.push(best.head);
    best.advance();
  }
  return page;
}

/** Walks one index from a position, up or down. */
class Cursor<Value extends Created> {
  readonly #index: CreationIndex<Value>;
  readonly #step: 1 | -1;
  #position: number;
  #values: readonly Value[] = [];
  #offset = -1;
  head: Value | undefined;

  constructor(index: CreationIndex<Value>, start: number, isAscending: boolean) {
    this.#index = index;
    this.#step = isAscending ? 1 : -1;
    this.#position = isAscending ? start : start - 1;
    this.#find();
  }

  advance(): void {
    this.#position += this.#step;
    this.#offset += this.#step;
    this.head = this.#values[this.#offset];
    if (this.head === undefined) this.#find();
  }

  #find(): void {
    const run = this.#index.runAt(this.#position);
    this.#values = run?.values ?? [];
    this.#offset = run?.offset ?? -1;
    this.head = this.#values[this.#offset];
  }
}
