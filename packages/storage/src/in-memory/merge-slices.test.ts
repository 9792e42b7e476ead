import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergeSlices } from './merge-slices.ts';
import { SortedIndex } from './sorted-index.ts';

const compare = (left: number, right: number): number => left - right;
const lists = fc.array(fc.array(fc.nat(5000), { maxLength: 300, size: 'max' }), { maxLength: 8 });

it('several slices read as one sorted list, from any offset, in both directions', () => {
  fc.assert(
    fc.property(lists, fc.nat(1500), fc.boolean(), fc.nat(10), (items, offset, backwards, margin) => {
      const slices = items.map((list) => {
        const index = new SortedIndex<number>(compare);
        for (const item of list) index.add(item);
        return { index, start: Math.min(margin, index.size), end: index.size };
      });
      const all = items.flatMap((list) => list.toSorted(compare).slice(margin)).sort(compare);
      const expected = (backwards ? all.reverse() : all).slice(offset);
      expect([...mergeSlices(slices, { compare, backwards }, { offset })]).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

it('only the items that are wanted are merged', () => {
  const index = new SortedIndex<number>(compare);
  for (let item = 0; item < 2000; item += 1) index.add(item);
  const slices = [
    { index, start: 0, end: 1000 },
    { index, start: 1000, end: 2000 },
  ];
  const where = (item: number): boolean => item % 500 === 0;
  expect([...mergeSlices(slices, { compare, backwards: true }, { where })]).toEqual([1500, 1000, 500, 0]);
});
