/**
 * The tables of the audit log, oldest version first; each entry is run once in the life of a file. Entries are never changed, only added.
 *
 * `entry` is the record as canonical JSON, and what a list is narrowed by is generated from it. `townkrier_audit_head` has one row: where the chain ends.
 */
export const AUDIT_MIGRATIONS: readonly string[] = [
  `
CREATE TABLE townkrier_audit (
  seq INTEGER PRIMARY KEY,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  entry TEXT NOT NULL,
  at INTEGER GENERATED ALWAYS AS (json_extract(entry, '$.at')) VIRTUAL,
  actor TEXT GENERATED ALWAYS AS (json_extract(entry, '$.actor')) VIRTUAL,
  action TEXT GENERATED ALWAYS AS (json_extract(entry, '$.action')) VIRTUAL,
  target_kind TEXT GENERATED ALWAYS AS (json_extract(entry, '$.target.kind')) VIRTUAL,
  target_id TEXT GENERATED ALWAYS AS (json_extract(entry, '$.target.id')) VIRTUAL
) STRICT;

CREATE INDEX townkrier_audit_at ON townkrier_audit (at);
CREATE INDEX townkrier_audit_actor ON townkrier_audit (actor, seq);
CREATE INDEX townkrier_audit_action ON townkrier_audit (action, seq);
CREATE INDEX townkrier_audit_target ON townkrier_audit (target_kind, target_id, seq);

CREATE TABLE townkrier_audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;

INSERT INTO townkrier_audit_head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
`,
];
