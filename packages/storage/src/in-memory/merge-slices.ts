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

/** What of a merged list is wanted. */
export interface MergeWindow<Item> {
  /** Items to pass over: by position, not one by one. @default 0 */
  readonly offset?: number;
  /** Only these items. Not together with an offset, which counts all. @default all */
  readonly where?: (item: Item) => boolean;
}

/** The items of several sorted slices as one sorted list. */
export function* mergeSlices<Item>(
  slices: readonly Slice<Item>[],
  order: MergeOrder<Item>,
  { offset = 0, where }: MergeWindow<Item> = {},
): Generator<Item, void, undefined> {
  const heads = skip(slices, order, offset).flatMap((slice) => {
    const items = walkSlice(slice, order, where);
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

/** Leaving items out here, before the merge, costs a step each instead of a comparison with every other slice. */
function* walkSlice<Item>(
  { index, start, end }: Slice<Item>,
  { backwards }: MergeOrder<Item>,
  where: MergeWindow<Item>['where'],
): Generator<Item, void, undefined> {
  const items = index.walk(start, end, backwards);
  if (where === undefined) yield* items;
  else for (const item of items) if (where(item)) yield item;
}

/** The next `passed` items of a slice, known by the last of them. */
interface Look<Item> {
  readonly slice: Slice<Item>;
  readonly passed: number;
  readonly item: Item;
}

/**
 * Cuts the first `offset` items of the merged list off their slices. Looking `stride` items ahead in each of k slices, whatever stands before the smallest
 * of those looks is at most k · stride items, so while as many are to be skipped, that slice's can go at once. The stride halves as the rest does:
 * O(k² · log(offset)) comparisons instead of `offset` steps.
 */
function skip<Item>(slices: readonly Slice<Item>[], order: MergeOrder<Item>, offset: number): Slice<Item>[] {
  let left = slices.filter(({ start, end }) => end > start);
  let remaining = offset;
  while (remaining > 0 && left.length > 0) {
    const stride = Math.max(1, Math.floor(remaining / (2 * left.length)));
    const looks = left.map((slice) => lookAhead(slice, stride, order));
    while (looks.length > 0 && remaining > 0 && remaining >= looks.length * (stride - 1) + 1) {
      const first = looks.reduce((best, look) => (comesFirst(look.item, best.item, order) ? look : best));
      remaining -= first.passed;
      const rest = shorten(first, order);
      const place = looks.indexOf(first);
      if (rest.end > rest.start) looks[place] = lookAhead(rest, stride, order);
      else looks.splice(place, 1);
    }
    left = looks.map(({ slice }) => slice);
  }
  return left;
}

function lookAhead<Item>(slice: Slice<Item>, stride: number, { backwards }: MergeOrder<Item>): Look<Item> {
  const passed = Math.min(stride, slice.end - slice.start);
  // The position lies inside the slice, which is not empty.
  const item = slice.index.at(backwards ? slice.end - passed : slice.start + passed - 1) as Item;
  return { slice, passed, item };
}

function shorten<Item>(
  { slice: { index, start, end }, passed }: Look<Item>,
  { backwards }: MergeOrder<Item>,
): Slice<Item> {
  return backwards ? { index, start, end: end - passed } : { index, start: start + passed, end };
}

function comesFirst<Item>(left: Item, right: Item, { compare, backwards }: MergeOrder<Item>): boolean {
  return backwards ? compare(left, right) > 0 : compare(left, right) < 0;
}
