import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root, type Snippet, snippetsOf } from './snippets.ts';

const DOCUMENTS = ['README.md', ...globSync(['docs/**/*.md', 'packages/*/README.md'], { cwd: root })].sort();

/** What the snippets take for granted, as a reader does who came from the paragraph above. */
const SCENE = `
import type { Notification as AnyNotification, NotificationManager as Manager } from '@townkrier/core';
import type { QueueManager as Queue } from '@townkrier/queue';
import type { StorageManager as Storage } from '@townkrier/storage';
declare global {
  const notification: AnyNotification;
  const notificationManager: Manager;
  const queueManager: Queue;
  const storageManager: Storage;
  const recipient: { readonly email: { readonly email: string } };
  const jobId: string;
  const logId: string;
}
`;

const TSCONFIG = {
  extends: '../../tsconfig.base.json',
  // Snippets leave out `override`, as most readers' projects do.
  compilerOptions: { noImplicitOverride: false, noPropertyAccessFromIndexSignature: false, types: ['node'] },
  include: ['*.ts'],
};

function compile(snippets: readonly Snippet[]): string {
  const folder = mkdtempSync(join(root, 'examples/.snippets-'));
  try {
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    writeFileSync(join(folder, 'scene.ts'), SCENE);
    for (const { file, line, code } of snippets) {
      const name = `${file.replaceAll(/[^\w]+/g, '-')}-line-${line}.ts`;
      writeFileSync(join(folder, name), `${code}\nexport {};\n`);
    }
    const tsc = join(root, 'node_modules/@typescript/native/bin/tsc');
    return spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8', timeout: 60_000 }).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it('every TypeScript block of the documentation compiles', { timeout: 90_000 }, () => {
  const snippets = DOCUMENTS.flatMap(snippetsOf);
  expect(snippets.length).toBeGreaterThan(10);
  expect(compile(snippets)).toBe('');
});
