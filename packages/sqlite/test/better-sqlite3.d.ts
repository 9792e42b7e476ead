/** The little of better-sqlite3, which ships no types, that the tests of joined transactions need. */
declare module 'better-sqlite3' {
  export default class Database {
    constructor(file: string);
    exec(sql: string): this;
    prepare(sql: string): {
      run(...values: (string | number | null)[]): { readonly changes: number };
      get(...values: (string | number | null)[]): unknown;
      all(...values: (string | number | null)[]): unknown[];
    };
    close(): this;
  }
}
