import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS articles (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    topic TEXT NOT NULL,
    languages TEXT NOT NULL,
    body TEXT,
    slug TEXT,
    description TEXT,
    score INTEGER,
    published_at INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS translations (
    article TEXT NOT NULL, language TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (article, language)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS trail (
    article TEXT NOT NULL, step TEXT NOT NULL, worker TEXT NOT NULL, pid INTEGER NOT NULL, PRIMARY KEY (article, step)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS mails (
    idempotency_key TEXT PRIMARY KEY, address TEXT NOT NULL, subject TEXT NOT NULL, sent_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS snapshots (
    hour INTEGER PRIMARY KEY, published INTEGER NOT NULL, mails INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS days (day TEXT PRIMARY KEY, published INTEGER NOT NULL, mails INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS page_cache (article TEXT PRIMARY KEY, html TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS search (word TEXT NOT NULL, article TEXT NOT NULL, PRIMARY KEY (word, article)) STRICT;
`;

/** The newsroom's own database, which its processes share. Jobs have a file of their own: a write to one never waits for a write to the other. */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  database.exec(SCHEMA);
  return database;
}
