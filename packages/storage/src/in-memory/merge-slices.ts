import type { SortedIndex } from './sorted-index.ts';

/** The items of an index from position `start` up to `end`. */
export interface Slice<Item> {
  readonly index: SortedIndex<Item>;
  readonly start: number;
  readonly end: number;
}

/** How slices are read as one sorted list. */
export interface MergeOrder<Item> {
  readonly compare: (left: Item, right: Item) => number;
  /** From the last item to the first. */
  readonly backwards: boolean;
}

export function lengthOf<Item>(slices: readonly Slice<Item>[]): number {
  return slices.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** The items of several sorted slices as one sorted list, without the first `offset`: those are passed over by position, not one by one. */
export function* mergeSlices<Item>(
  slices: readonly Slice<Item>[],
  order: MergeOrder<Item>,
  offset = 0,
): Generator<Item, void, undefined> {
  const heads = skip(slices, order, offset).flatMap(({ index, start, end }) => {
    const items = index.walk(start, end, order.backwards);
    const first = items.next();
    return first.done ? [] : [{ items, item: first.value }];
  });
  while (heads.length > 0) {
    const best = heads.reduce((left, right) => (comesFirst(right.item, left.item, order) ? right : left));
    yield best.item;
    const next = best.items.next();
    if (next.done) heads.splice(heads.indexOf(best), 1);
    else best.item = next.value;
  }
}

/**
 * Cuts the first `offset` items of the merged list off their slices. Each round looks `offset / k` items ahead in each of the k slices; whatever stands
 * before the smallest of those cannot be beyond the offset, so it goes at once: O(k² · log(offset)) looks instead of `offset` steps.
 */
function skip<Item>(slices: readonly Slice<Item>[], order: MergeOrder<Item>, offset: number): Slice<Item>[] {
  let left = slices.filter(({ start, end }) => end > start);
  let remaining = offset;
  while (remaining > 0 && left.length > 0) {
    const stride = Math.max(1, Math.floor(remaining / left.length));
    const looks = left.map((slice) => lookAhead(slice, stride, order.backwards));
    const first = looks.reduce((best, look) => (comesFirst(look.item, best.item, order) ? look : best));
    remaining -= first.passed;
    left = left
      .map((slice) => (slice === first.slice ? shorten(slice, first.passed, order.backwards) : slice))
      .filter(({ start, end }) => end > start);
  }
  return left;
}

function lookAhead<Item>(slice: Slice<Item>, stride: number, backwards: boolean) {
  const passed = Math.min(stride, slice.end - slice.start);
  // The position lies inside the slice, which is not empty.
  const item = slice.index.at(backwards ? slice.end - passed : slice.start + passed - 1) as Item;
  return { slice, passed, item };
}

function shorten<Item>({ index, start, end }: Slice<Item>, by: number, backwards: boolean): Slice<Item> {
  return backwards ? { index, start, end: end - by } : { index, start: start + by, end };
}

function comesFirst<Item>(left: Item, right: Item, { compare, backwards }: MergeOrder<Item>): boolean {
  return backwards ? compare(left, right) > 0 : compare(left, right) < 0;
}
