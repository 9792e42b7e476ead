import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL,
    placed_at INTEGER NOT NULL,
    -- NULL when no backend took it.
    queued_at INTEGER,
    mailed_at INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS orders_unmailed ON orders (queued_at) WHERE mailed_at IS NULL;
  CREATE INDEX IF NOT EXISTS orders_placed ON orders (placed_at);
  CREATE TABLE IF NOT EXISTS inbox (
    idempotency_key TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    received_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS inbox_of_user ON inbox (user_id, received_at);
`;

/** The app's own database. Jobs and log have files of their own: a write to one never waits for a write to another. */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;');
  database.exec(SCHEMA);
  return database;
}

/** Writes what has to survive a power cut. Everything else survives the process, and can be made up for. */
export function durably<Result>(database: DatabaseSync, write: () => Result): Result {
  database.exec('PRAGMA synchronous = FULL');
  try {
    return write();
  } finally {
    database.exec('PRAGMA synchronous = NORMAL');
  }
}
