/** What stands for every name that is not shown. */
export const OTHER = 'other';

/** The names that a label may have: those given, or else the first so many that are seen. Any other becomes `other`, so that a name made from data cannot fill the memory. */
export class BoundedNames {
  readonly #names: Set<string>;
  readonly #limit: number;

  /** @param given - The only names shown; without them, the first `limit` are. */
  constructor(given: readonly string[] | undefined, limit: number) {
    this.#names = new Set(given);
    this.#limit = given === undefined ? limit : 0;
  }

  /** The names shown so far. */
  get shown(): readonly string[] {
    return [...this.#names];
  }

  /** The name itself, if it is shown. */
  labelOf(name: string): string {
    if (this.#names.has(name)) return name;
    if (this.#names.size >= this.#limit) return OTHER;
    this.#names.add(name);
    return name;
  }
}
