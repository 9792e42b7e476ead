/** A match of a pattern in a text. */
export interface Match {
  readonly start: number;
  readonly end: number;
  /** The first group, or `''`. */
  readonly group: string;
}

/** All matches of a global pattern. Unlike `matchAll` it does not copy the pattern, which would cost more than most texts take to search. */
export function matchesOf(pattern: RegExp, text: string): Match[] {
  const matches: Match[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    matches.push({ start: match.index, end: match.index + match[0].length, group: match[1] ?? '' });
  }
  return matches;
}
