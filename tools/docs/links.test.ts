import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './snippets.ts';

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  ...globSync(['docs/**/*.md', 'packages/*/README.md'], { cwd: root }),
];

/** Relative targets of Markdown links and of images. */
function targetsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
  return found.filter((target) => !/^(https?:|mailto:|#)/.test(target));
}

it.each(DOCUMENTS)('every relative link of %s leads somewhere', (file) => {
  const broken = targetsOf(file).filter((target) => {
    const [path = ''] = target.split('#');
    return !existsSync(join(root, dirname(file), path));
  });
  expect(broken).toEqual([]);
});
