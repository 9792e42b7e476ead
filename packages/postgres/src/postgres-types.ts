/** Ids of PostgreSQL's own types; they never change. */
const BOOL = 16;
const INT8 = 20;
const INT2 = 21;
const INT4 = 23;
const JSON_TYPE = 114;
const FLOAT8 = 701;

const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [BOOL, (text) => text === 't'],
  [INT2, Number],
  [INT4, Number],
  [INT8, Number],
  [FLOAT8, Number],
  [JSON_TYPE, (text) => JSON.parse(text)],
]);

function asText(text: string): string {
  return text;
}

/**
 * How our columns are read: numbers as numbers (ours all fit), `json` as what it says, everything else as text. Given with every statement, because
 * an app may have set parsers of its own for its whole process, for `bigint` above all.
 */
export const POSTGRES_TYPES = {
  getTypeParser: (oid: number): ((text: string) => unknown) => PARSERS.get(oid) ?? asText,
};
