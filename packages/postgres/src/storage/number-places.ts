/** A statement with `?` in the places of its values, as PostgreSQL wants it: `$1`, `$2`, … */
export function numberPlaces(sql: string): string {
  let position = 0;
  return sql.replaceAll('?', () => {
    position += 1;
    return `$${position}`;
  });
}
