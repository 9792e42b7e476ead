import type { PostgresMigration } from '../postgres-migrations.ts';

/**
 * The tables of the audit log. What was published is never changed, only added to.
 *
 * `entry` is the record as canonical JSON, of type `json`, which keeps a text as it was; what a list is narrowed by is generated from it. `audit_head` has one row: where the
 * chain ends. It is locked by whoever appends, so that appends take turns.
 */
export const AUDIT_MIGRATIONS: readonly PostgresMigration[] = [
  {
    version: 1,
    sql: `
CREATE TABLE audit (
  seq bigint PRIMARY KEY,
  at bigint NOT NULL GENERATED ALWAYS AS ((entry ->> 'at')::bigint) STORED,
  previous_hash text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  entry json NOT NULL,
  actor text COLLATE "C" NOT NULL GENERATED ALWAYS AS (entry ->> 'actor') STORED,
  action text COLLATE "C" NOT NULL GENERATED ALWAYS AS (entry ->> 'action') STORED,
  target_kind text COLLATE "C" NOT NULL GENERATED ALWAYS AS (entry #>> '{target,kind}') STORED,
  target_id text COLLATE "C" NOT NULL GENERATED ALWAYS AS (entry #>> '{target,id}') STORED
);

CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor, seq);
CREATE INDEX audit_action ON audit (action, seq);
CREATE INDEX audit_target ON audit (target_kind, target_id, seq);

CREATE TABLE audit_head (
  id integer PRIMARY KEY CHECK (id = 1),
  seq bigint NOT NULL,
  hash text COLLATE "C" NOT NULL
);

INSERT INTO audit_head VALUES (1, 0, repeat('0', 64));
`,
  },
];
