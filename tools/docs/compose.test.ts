import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { root } from './snippets.ts';

/** The part of the Compose specification (compose-spec.io) that our file uses; whatever else it says is a mistake. */
const composeSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
  services: z.record(
    z.string(),
    z.strictObject({
      image: z.string().regex(/^[a-z]+:[\w.-]+$/),
      command: z.array(z.string()).optional(),
      environment: z.record(z.string(), z.string()).optional(),
      ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/, 'reachable from this machine only')),
      volumes: z.array(z.string().regex(/^[a-z-]+:\/[\w/]+$/)),
      healthcheck: z.strictObject({
        test: z.tuple([z.literal('CMD')], z.string()),
        interval: z.string().regex(/^\d+s$/),
        timeout: z.string().regex(/^\d+s$/),
        retries: z.int().min(1),
      }),
    }),
  ),
  volumes: z.record(z.string(), z.strictObject({})),
});

const file = composeSchema.parse(
  parse(readFileSync(join(root, 'examples/docker-compose.yml'), 'utf8'), { strict: true, uniqueKeys: true }),
);

it('docker-compose.yml starts a Redis and a PostgreSQL on the usual ports of this machine', () => {
  const ports = Object.entries(file.services).map(([name, { ports }]) => [name, ...ports]);
  expect(ports).toEqual([
    ['redis', '127.0.0.1:6379:6379'],
    ['postgres', '127.0.0.1:5432:5432'],
  ]);
});

it('what it mounts is declared, and nothing is declared in vain', () => {
  const mounted = Object.values(file.services).flatMap(({ volumes }) => volumes.map((v) => v.split(':')[0]));
  expect(mounted.toSorted()).toEqual(Object.keys(file.volumes).toSorted());
});

it('the Redis keeps what it acknowledged, and drops no job when its memory is full', () => {
  const command = file.services['redis']?.command?.join(' ') ?? '';
  expect(command).toContain('--appendonly yes --appendfsync always --maxmemory-policy noeviction');
});
