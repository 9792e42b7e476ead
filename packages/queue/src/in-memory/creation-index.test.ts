import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CreationIndex } from './creation-index.ts';
import { mergedPage } from './merged-page.ts';

interface Numbered {
  readonly sequence: number;
}

const sequences = fc.oneof(fc.nat(200), fc.nat(300_000), fc.integer({ min: 2 ** 31, max: 2 ** 40 }));

function indexOf(numbers: Iterable<number>): CreationIndex<Numbered> {
  const index = new CreationIndex<Numbered>();
  for (const sequence of numbers) index.add({ sequence });
  return index;
}

describe('CreationIndex', () => {
  it('behaves as a sorted list, whatever is added and removed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), sequences), { maxLength: 300 }), (steps) => {
        const index = new CreationIndex<Numbered>();
        const model = new Set<number>();
        for (const [isAdded, sequence] of steps) {
          if (isAdded && !model.has(sequence)) index.add({ sequence });
          if (!isAdded && model.has(sequence)) index.delete({ sequence });
          if (isAdded) model.add(sequence);
          else model.delete(sequence);
        }
        const sorted = [...model].toSorted((a, b) => a - b);
        expect(index.size).toBe(sorted.length);
        expect(sorted.map((_, i) => index.at(i)?.sequence)).toEqual(sorted);
        expect(sorted.map((sequence) => index.rank(sequence))).toEqual(sorted.map((_, i) => i));
        expect(index.rank(2 ** 45)).toBe(sorted.length);
      }),
    );
  });

  it('has nothing at positions outside', () => {
    const index = indexOf([5]);
    expect([index.at(-1), index.at(1)]).toEqual([undefined, undefined]);
  });
});

describe('mergedPage', () => {
  it('pages several indexes as if they were one sorted list, in both directions', () => {
    const parts = fc.array(fc.tuple(sequences, fc.nat(3)), { maxLength: 120 });
    fc.assert(
      fc.property(
        parts,
        fc.nat(130),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom('asc', 'desc'),
        (given, offset, limit, order) => {
          const owner = new Map(given);
          const indexes = [0, 1, 2, 3].map((i) =>
            indexOf([...owner].filter(([, at]) => at === i).map(([n]) => n)),
          );
          const sorted = [...owner.keys()].toSorted((a, b) => (order === 'asc' ? a - b : b - a));
          const page = mergedPage(indexes, { offset, limit, order }).map((one) => one.sequence);
          expect(page).toEqual(sorted.slice(offset, offset + limit));
        },
      ),
    );
  });
});
