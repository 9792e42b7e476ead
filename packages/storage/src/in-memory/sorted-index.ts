/** The longest a chunk gets before it is cut in two: short enough to insert by moving, long enough that chunks are few. */
const MAX_CHUNK = 512;

/**
 * Items in order, with their positions: insert, remove, `at` and `countWhile` cost O(log n), amortised, and a walk costs what it visits.
 *
 * Items sit in sorted chunks; a Fenwick tree over the chunks' lengths turns a position into a chunk. The tree is rebuilt only when chunks
 * come or go, which takes half a chunk of inserts to happen once. The caller must not change what an item is ordered by while it is inside.
 */
export class SortedIndex<Item> {
  readonly #compare: (left: Item, right: Item) => number;
  #chunks: Item[][] = [];
  /** Entry i holds the number of items in the chunks (i − (i & −i), i], 1-based. */
  #tree: number[] = [0];
  #size = 0;

  constructor(compare: (left: Item, right: Item) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  /** Puts an item in its place. Adding an equal one again keeps both; give items a tie-breaker. */
  add(item: Item): void {
    this.#size += 1;
    if (this.#chunks.length === 0) {
      this.#replaceChunks([[item]]);
      return;
    }
    const where = Math.min(this.#chunkOf(item), this.#chunks.length - 1);
    const chunk = this.#chunkAt(where);
    chunk.splice(this.#placeIn(chunk, item), 0, item);
    if (chunk.length > MAX_CHUNK) this.#split(where);
    else this.#count(where, 1);
  }

  /** Takes an item out. @returns whether it was there. */
  delete(item: Item): boolean {
    const where = this.#chunkOf(item);
    const chunk = this.#chunks[where];
    if (chunk === undefined) return false;
    const place = this.#placeIn(chunk, item);
    if (chunk[place] !== item) return false;
    chunk.splice(place, 1);
    this.#size -= 1;
    if (chunk.length === 0) this.#replaceChunks(this.#chunks.toSpliced(where, 1));
    else this.#count(where, -1);
    return true;
  }

  /** The item at a position, 0 being the first; `undefined` outside. */
  at(position: number): Item | undefined {
    if (position < 0 || position >= this.#size) return undefined;
    const { chunk, rest } = this.#locate(position);
    return this.#chunks[chunk]?.[rest];
  }

  /** How many items, from the first, fulfil a condition that holds up to some item and for none after it. */
  countWhile(holds: (item: Item) => boolean): number {
    const whole = partition(this.#chunks.length, (index) => holds(lastOf(this.#chunkAt(index))));
    const chunk = this.#chunks[whole];
    const inside = chunk === undefined ? 0 : partition(chunk.length, (index) => holds(chunk[index] as Item));
    return this.#sumBefore(whole) + inside;
  }

  /** The items at the positions from `start` up to `end`, in order or, `backwards`, from `end − 1` down. Don't change the index meanwhile. */
  *walk(start: number, end: number, backwards = false): Generator<Item, void, undefined> {
    const step = backwards ? -1 : 1;
    let left = Math.min(end, this.#size) - Math.max(start, 0);
    if (left <= 0) return;
    let { chunk, rest } = this.#locate(backwards ? Math.min(end, this.#size) - 1 : Math.max(start, 0));
    for (let items = this.#chunkAt(chunk); left > 0; left -= 1, rest += step) {
      if (rest < 0 || rest >= items.length) {
        chunk += step;
        items = this.#chunkAt(chunk);
        rest = backwards ? items.length - 1 : 0;
      }
      // `left` counts what exists between the bounds, so there is an item here.
      yield items[rest] as Item;
    }
  }

  /** The first chunk that does not end before the item. */
  #chunkOf(item: Item): number {
    return partition(this.#chunks.length, (index) => this.#compare(lastOf(this.#chunkAt(index)), item) < 0);
  }

  #placeIn(chunk: readonly Item[], item: Item): number {
    return partition(chunk.length, (index) => this.#compare(chunk[index] as Item, item) < 0);
  }

  #chunkAt(index: number): Item[] {
    const chunk = this.#chunks[index];
    if (chunk === undefined) throw new RangeError(`There is no chunk ${index} of ${this.#chunks.length}.`);
    return chunk;
  }

  #split(where: number): void {
    const chunk = this.#chunkAt(where);
    // Cut late when items come in order, as they mostly do: chunks then stay nearly full.
    const isLast = where === this.#chunks.length - 1;
    const cut = isLast ? MAX_CHUNK - MAX_CHUNK / 8 : chunk.length >> 1;
    this.#chunks.splice(where, 1, chunk.slice(0, cut), chunk.slice(cut));
    this.#replaceChunks(this.#chunks);
  }

  #replaceChunks(chunks: Item[][]): void {
    this.#chunks = chunks;
    const tree = new Array<number>(chunks.length + 1).fill(0);
    for (let node = 1; node < tree.length; node += 1) {
      tree[node] = (tree[node] ?? 0) + this.#chunkAt(node - 1).length;
      const parent = node + (node & -node);
      if (parent < tree.length) tree[parent] = (tree[parent] ?? 0) + (tree[node] ?? 0);
    }
    this.#tree = tree;
  }

  #count(chunk: number, change: number): void {
    for (let node = chunk + 1; node < this.#tree.length; node += node & -node) {
      this.#tree[node] = (this.#tree[node] ?? 0) + change;
    }
  }

  #sumBefore(chunk: number): number {
    let sum = 0;
    for (let node = chunk; node > 0; node -= node & -node) sum += this.#tree[node] ?? 0;
    return sum;
  }

  /** The chunk a position falls into, and the place in it: a descent through the Fenwick tree. */
  #locate(position: number): { readonly chunk: number; readonly rest: number } {
    let node = 0;
    let rest = position;
    for (let bit = 1 << (31 - Math.clz32(this.#tree.length)); bit > 0; bit >>= 1) {
      const next = node + bit;
      const inside = this.#tree[next];
      if (inside === undefined || inside > rest) continue;
      node = next;
      rest -= inside;
    }
    return { chunk: node, rest };
  }
}

function lastOf<Item>(chunk: readonly Item[]): Item {
  // Chunks are never empty: `delete` drops the one it empties.
  return chunk[chunk.length - 1] as Item;
}

/** The first index in [0, length) for which a condition that holds up to some index holds no more. */
function partition(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
