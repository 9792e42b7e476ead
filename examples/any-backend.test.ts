import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import type {} from '../tools/services/postgres-setup.ts';
import type {} from '../tools/services/redis-setup.ts';

const PROGRAM = fileURLToPath(new URL('any-backend.ts', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'townkrier-any-backend-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const databaseUrl = inject('postgresUrl');
const redisUrl = inject('redisUrl');

describe('the same program', () => {
  const delivers = (backend: string): void => {
    const env = {
      ...process.env,
      TOWNKRIER_FILE: join(folder, 'townkrier.db'),
      DATABASE_URL: databaseUrl ?? '',
      REDIS_URL: redisUrl ?? '',
    };
    const { stdout, stderr, status } = spawnSync(process.execPath, [PROGRAM, backend], {
      env,
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout.trim().split('\n').toSorted()).toEqual(
      ['A-1', 'A-2', 'A-3'].map((order) => `to ada@example.com: Order ${order} is on its way`),
    );
  };
  it('delivers on memory and ends by itself', () => delivers('memory'));
  it('delivers on sqlite and ends by itself', () => delivers('sqlite'));
  // Without a server they are skipped, with the reason that the set-up noted.
  it.skipIf(databaseUrl === null)('delivers on postgres and ends by itself', () => delivers('postgres'));
  it.skipIf(redisUrl === null)('delivers on bullmq and ends by itself', () => delivers('bullmq'));
});
