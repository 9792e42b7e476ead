import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedIndex } from './sorted-index.ts';

const byValue = (left: number, right: number): number => left - right;

function indexOf(items: readonly number[]): SortedIndex<number> {
  const index = new SortedIndex(byValue);
  for (const item of items) index.add(item);
  return index;
}

/** Enough items for several chunks. */
const manyItems = fc.uniqueArray(fc.integer({ min: 0, max: 100_000 }), {
  minLength: 0,
  maxLength: 3000,
  size: 'max',
});

describe('SortedIndex', () => {
  it('gives the item at each position, whatever the order of adding', () => {
    fc.assert(
      fc.property(manyItems, (items) => {
        const index = indexOf(items);
        const sorted = items.toSorted(byValue);
        expect(index.size).toBe(sorted.length);
        expect(sorted.map((_, position) => index.at(position))).toEqual(sorted);
      }),
      { numRuns: 30 },
    );
  });

  it('counts the items before a border', () => {
    fc.assert(
      fc.property(manyItems, fc.integer({ min: -1, max: 100_001 }), (items, border) => {
        expect(indexOf(items).countWhile((item) => item < border)).toBe(
          items.filter((item) => item < border).length,
        );
      }),
      { numRuns: 30 },
    );
  });

  it('walks any range in both directions', () => {
    fc.assert(
      fc.property(manyItems, fc.nat(3100), fc.nat(3100), (items, start, end) => {
        const index = indexOf(items);
        const expected = items.toSorted(byValue).slice(start, end);
        expect([...index.walk(start, end)]).toEqual(expected);
        expect([...index.walk(start, end, true)]).toEqual(expected.toReversed());
      }),
      { numRuns: 50 },
    );
  });

  it('keeps its positions right while items come and go', () => {
    const step = fc.record({ item: fc.nat(400), isAdded: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3000, size: 'max' }), (steps) => {
        const index = new SortedIndex(byValue);
        const model = new Set<number>();
        for (const { item, isAdded } of steps) {
          if (isAdded && !model.has(item)) index.add(item);
          if (!isAdded) expect(index.delete(item)).toBe(model.has(item));
          if (isAdded) model.add(item);
          else model.delete(item);
        }
        expect([...index.walk(0, index.size)]).toEqual([...model].sort(byValue));
        expect(index.at(index.size - 1)).toBe(model.size === 0 ? undefined : Math.max(...model));
      }),
      { numRuns: 30 },
    );
  });

  it('has nothing outside of its positions', () => {
    const index = indexOf([1, 2, 3]);
    expect([index.at(-1), index.at(3)]).toEqual([undefined, undefined]);
    expect([...index.walk(2, 2)]).toEqual([]);
    expect([...new SortedIndex(byValue).walk(0, 10)]).toEqual([]);
  });

  it('is empty again after the last item went, and can be filled anew', () => {
    const index = indexOf([5]);
    expect(index.delete(5)).toBe(true);
    expect(index.delete(5)).toBe(false);
    index.add(7);
    expect([index.size, index.at(0)]).toEqual([1, 7]);
  });
});
