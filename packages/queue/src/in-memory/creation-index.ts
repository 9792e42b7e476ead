const FAN_OUT_BITS = 6;
const FAN_OUT = 1 << FAN_OUT_BITS;
const SLOT_MASK = FAN_OUT - 1;
/** How many numbers a child of a node at each level spans; enough levels for every safe integer. */
const SPANS = Array.from({ length: 10 }, (_, level) => FAN_OUT ** level);
/** Emptied leaves kept for reuse, so that a status that fills and empties all the time allocates nothing. */
const SPARE_LEAVES = 4;

/** What can be indexed: it knows the number it was created under. */
export interface Created {
  readonly sequence: number;
}

interface Leaf<Value> {
  count: number;
  readonly slots: (Value | undefined)[];
}
interface Branch<Value> {
  count: number;
  readonly children: (Node<Value> | undefined)[];
}
type Node<Value> = Leaf<Value> | Branch<Value>;

/**
 * Values in the order of the number each was created under, with the position of every one known: a radix tree with 64 children a node that counts
 * what is below each. Adding, removing, and finding by position or by number all take a few steps a level, and there is one level per factor 64.
 *
 * Numbers come in any order; each may be present once. Empty subtrees are freed.
 */
export class CreationIndex<Value extends Created> {
  #root: Node<Value> = newLeaf();
  /** Levels above the leaves. */
  #height = 0;
  #capacity = FAN_OUT;
  readonly #spares: Leaf<Value>[] = [];

  get size(): number {
    return this.#root.count;
  }

  /** Adds a value whose number is not present. */
  add(value: Value): void {
    const { sequence } = value;
    while (sequence >= this.#capacity) this.#grow();
    let node = this.#root;
    for (let level = this.#height; level > 0; level--) {
      node.count++;
      node = this.#childOf(node as Branch<Value>, digitOf(sequence, level), level);
    }
    node.count++;
    (node as Leaf<Value>).slots[sequence & SLOT_MASK] = value;
  }

  /** Removes a value that is present. */
  delete({ sequence }: Value): void {
    let node = this.#root;
    for (let level = this.#height; level > 0; level--) {
      node.count--;
      const { children } = node as Branch<Value>;
      const digit = digitOf(sequence, level);
      const child = children[digit] as Node<Value>; // present, because the number is
      if (child.count === 1) children[digit] = undefined;
      node = child;
    }
    node.count--;
    (node as Leaf<Value>).slots[sequence & SLOT_MASK] = undefined;
    this.#keepIfSpare(node as Leaf<Value>);
  }

  /** How many values stand under smaller numbers. */
  rank(sequence: number): number {
    if (sequence >= this.#capacity) return this.size;
    let rank = 0;
    let node = this.#root;
    for (let level = this.#height; level > 0; level--) {
      const { children } = node as Branch<Value>;
      const digit = digitOf(sequence, level);
      for (let i = 0; i < digit; i++) rank += children[i]?.count ?? 0;
      const child = children[digit];
      if (child === undefined) return rank;
      node = child;
    }
    const { slots } = node as Leaf<Value>;
    for (let i = 0; i < (sequence & SLOT_MASK); i++) if (slots[i] !== undefined) rank++;
    return rank;
  }

  /** The value at a position, 0 being the one with the smallest number. */
  at(position: number): Value | undefined {
    const run = this.runAt(position);
    return run?.values[run.offset];
  }

  /** A position's value with those that stand near it, in order: for reading on without finding each anew. */
  runAt(position: number): { readonly values: readonly Value[]; readonly offset: number } | undefined {
    if (position < 0 || position >= this.size) return undefined;
    let left = position;
    let node = this.#root;
    for (let level = this.#height; level > 0; level--) {
      const { children } = node as Branch<Value>;
      let i = 0;
      for (let count = children[0]?.count ?? 0; left >= count; count = children[++i]?.count ?? 0)
        left -= count;
      node = children[i] as Node<Value>; // the counts say it is there
    }
    const values: Value[] = [];
    for (const value of (node as Leaf<Value>).slots) if (value !== undefined) values.push(value);
    return { values, offset: left };
  }

  #grow(): void {
    const below = this.#root;
    const root = newBranch<Value>();
    if (below.count > 0) root.children[0] = below;
    root.count = below.count;
    this.#root = root;
    this.#height++;
    this.#capacity *= FAN_OUT;
  }

  #childOf(branch: Branch<Value>, digit: number, level: number): Node<Value> {
    const child =
      branch.children[digit] ?? (level > 1 ? newBranch<Value>() : (this.#spares.pop() ?? newLeaf<Value>()));
    branch.children[digit] = child;
    return child;
  }

  #keepIfSpare(leaf: Leaf<Value>): void {
    if (leaf.count === 0 && this.#height > 0 && this.#spares.length < SPARE_LEAVES) this.#spares.push(leaf);
  }
}

/** Not by shifting: numbers may pass 2^31. */
function digitOf(sequence: number, level: number): number {
  return Math.floor(sequence / (SPANS[level] as number)) & SLOT_MASK; // a height never exceeds the table
}

function newLeaf<Value>(): Leaf<Value> {
  return { count: 0, slots: new Array<Value | undefined>(FAN_OUT).fill(undefined) };
}

function newBranch<Value>(): Branch<Value> {
  return { count: 0, children: new Array<Node<Value> | undefined>(FAN_OUT).fill(undefined) };
}
