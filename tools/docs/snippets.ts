import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block of TypeScript in a document. */
export interface Snippet {
  readonly file: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly code: string;
}

/** All TypeScript blocks of a Markdown file, in order. */
export function snippetsOf(file: string): Snippet[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^```(?:typescript|ts)\n(.*?)^```$/gms)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    code: match[1] ?? '',
  }));
}
