/** The little of better-sqlite3, which ships no types, that the benchmark of plainjob needs. */
declare module 'better-sqlite3' {
  export default class Database {
    constructor(file: string);
    readonly name: string;
    pragma(source: string): unknown;
    exec(source: string): this;
    prepare(source: string): unknown;
    transaction(run: (...args: never[]) => unknown): unknown;
    close(): this;
  }
  export { Database };
  export type Transaction<F> = F;
}
