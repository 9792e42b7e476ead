import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteDatabase } from '../src/sqlite-database.ts';
import { temporaryFile } from './temporary-file.ts';

let place: ReturnType<typeof temporaryFile>;
let opened: { close(): void }[];

beforeEach(() => {
  place = temporaryFile();
  opened = [];
});

afterEach(() => {
  for (const each of opened) each.close();
  place.remove();
});

function open(settings: Partial<ConstructorParameters<typeof SqliteDatabase>[0]> = {}): SqliteDatabase {
  const database = new SqliteDatabase({
    file: place.file,
    durability: 'full',
    busyTimeout: 5000,
    ...settings,
  });
  opened.push(database);
  return database;
}

/** A connection of somebody else's. */
function openOther(): DatabaseSync {
  const other = new DatabaseSync(place.file);
  opened.push({ close: () => other.isOpen && other.close() });
  return other;
}

function pragma(database: SqliteDatabase, name: string): unknown {
  return Object.values(database.connection.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

function tablesOf(database: SqliteDatabase): unknown[] {
  return database.connection
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all()
    .map((row) => row['name']);
}

describe('opening', () => {
  it('is in WAL mode, and every commit reaches the disk unless asked otherwise', () => {
    expect([pragma(open(), 'journal_mode'), pragma(open(), 'synchronous')]).toEqual(['wal', 2]);
    expect(pragma(open({ durability: 'normal' }), 'synchronous')).toBe(1);
  });

  it('a folder that does not exist is an error of its own', () => {
    expect(() => open({ file: join(place.file, 'nowhere', 'queue.db') })).toThrow(
      expect.objectContaining({ code: 'SQLITE_CANNOT_OPEN' }),
    );
  });

  it('a file that is no database is an error of its own, and stays as it was', () => {
    writeFileSync(place.file, 'this is a letter to a friend, not a database. '.repeat(100));
    expect(() => open()).toThrow(expect.objectContaining({ code: 'SQLITE_CORRUPT' }));
  });

  it('a Node.js without node:sqlite is told so', { timeout: 30_000 }, () => {
    const program = `
      import { SqliteQueueAdapter } from '@townkrier/sqlite/queue';
      try { new SqliteQueueAdapter({ file: 'never.db' }); } catch (error) { console.log(error.code, error.message); }`;
    const args = [
      '--no-experimental-sqlite',
      '--conditions=@townkrier/source',
      '--input-type=module',
      '--eval',
      program,
    ];
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const { stdout } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 20_000 });
    expect(stdout).toMatch(/^SQLITE_MISSING Node\.js v\d+.* has no node:sqlite here/);
  });
});

describe('migrations', () => {
  const FIRST = 'CREATE TABLE one (id INTEGER)';
  const SECOND = 'CREATE TABLE two (id INTEGER)';

  it('run once each, in order, for each component on its own', () => {
    open().migrate('queue', [FIRST]);
    open().migrate('queue', [FIRST]);
    const database = open();
    database.migrate('queue', [FIRST, SECOND]);
    database.migrate('storage', ['CREATE TABLE three (id INTEGER)']);
    expect(tablesOf(database)).toEqual(['one', 'three', 'townkrier_schema', 'two']);
  });

  it('leave nothing behind when one fails, and can be repeated', () => {
    const database = open();
    expect(() => database.migrate('queue', [FIRST, 'CREATE TABLE two (id NONSENSE) STRICT'])).toThrow(
      expect.objectContaining({ code: 'SQLITE_FAILED' }),
    );
    expect(tablesOf(database)).toEqual([]);
    database.migrate('queue', [FIRST, SECOND]);
    expect(tablesOf(database)).toEqual(['one', 'townkrier_schema', 'two']);
  });

  it('refuse a file that a newer version wrote, and change nothing in it', () => {
    open().migrate('queue', [FIRST, SECOND]);
    const old = open();
    expect(() => old.migrate('queue', [FIRST])).toThrow(
      expect.objectContaining({
        code: 'SQLITE_SCHEMA_TOO_NEW',
        message: expect.stringContaining('has version 2 of the queue tables'),
      }),
    );
    expect(tablesOf(old)).toEqual(['one', 'townkrier_schema', 'two']);
  });
});

describe('a file that another connection writes to', () => {
  it('is waited for, while the event loop goes on', async () => {
    const database = open();
    database.migrate('queue', ['CREATE TABLE one (id INTEGER)']);
    const other = openOther();
    other.exec('BEGIN IMMEDIATE');
    const written = database.write(() => database.connection.exec('INSERT INTO one VALUES (1)'));
    // That this line is reached, and the other side can commit, is what is tested: both are on one thread.
    await new Promise((resolve) => setImmediate(resolve));
    other.exec('COMMIT');
    await written;
    expect(database.connection.prepare('SELECT count(*) AS n FROM one').get()).toEqual({ n: 1 });
  });

  it('is given up after busyTimeout, with nothing changed', async () => {
    const database = open({ busyTimeout: 20 });
    openOther().exec('BEGIN IMMEDIATE');
    let hasRun = false;
    const written = database.write(() => {
      hasRun = true;
    });
    await expect(written).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    expect(hasRun).toBe(false);
  });
});

it('what the work of a transaction throws undoes it, and the next one works', async () => {
  const database = open();
  database.migrate('queue', ['CREATE TABLE one (id INTEGER)']);
  const failed = database.write(() => {
    database.connection.exec('INSERT INTO one VALUES (1)');
    throw new Error('changed my mind');
  });
  await expect(failed).rejects.toThrow('changed my mind');
  await database.write(() => database.connection.exec('INSERT INTO one VALUES (2)'));
  expect(database.connection.prepare('SELECT id FROM one').all()).toEqual([{ id: 2 }]);
});

it('a full disk is an error of its own; nothing is stored, and it heals with the space', async () => {
  const database = open();
  database.migrate('queue', ['CREATE TABLE one (text TEXT)']);
  const fill = (): Promise<void> =>
    database.write(() => {
      const insert = database.connection.prepare('INSERT INTO one VALUES (?)');
      for (let i = 0; i < 100; i++) insert.run('x'.repeat(1000));
    });
  database.connection.exec('PRAGMA max_page_count = 8');
  await expect(fill()).rejects.toMatchObject({ code: 'SQLITE_FULL' });
  expect(database.connection.prepare('SELECT count(*) AS n FROM one').get()).toEqual({ n: 0 });
  database.connection.exec('PRAGMA max_page_count = 100000');
  await fill();
  expect(database.connection.prepare('SELECT count(*) AS n FROM one').get()).toEqual({ n: 100 });
});
