/**
 * A condition that holds for every row, and by which the planner expects about one: it thinks that hardly any number equals another.
 *
 * Where it expects few rows it looks each of them up by an index, which is right however many there are. Left to itself it reads the whole table as
 * long as that is small, and keeps the plan of a prepared statement while the table grows to millions of rows, until the server gets round to analyzing it.
 *
 * @param number - A column that is never NULL.
 */
export function expectFew(number: string): string {
  return `${number} + 0 = ${number}`;
}
