import { AuditLog } from '@townkrier/storage';
import { type AuditLogHarness, auditLogConformance } from '@townkrier/storage/testing';
import { describe, it } from 'vitest';
import { SqliteAuditStore } from '../src/storage/index.ts';
import { openRaw } from './storage-harness.ts';
import { temporaryFile } from './temporary-file.ts';

/** A log on a file of its own, and a second connection as the way behind its back. */
async function createAuditHarness(): Promise<AuditLogHarness> {
  const { file, remove } = temporaryFile();
  const logs: AuditLog[] = [];
  const open = (): AuditLog => {
    const log = new AuditLog(new SqliteAuditStore({ file, durability: 'normal', busyTimeout: 20_000 }));
    logs.push(log);
    return log;
  };
  const log = open();
  const raw = openRaw(file);
  return {
    log,
    connect: async () => open(),
    readRows: async () =>
      raw
        .prepare('SELECT seq, previous_hash, hash, entry FROM townkrier_audit ORDER BY seq')
        .all()
        .map((row) => ({
          seq: Number(row['seq']),
          previousHash: String(row['previous_hash']),
          hash: String(row['hash']),
          entry: String(row['entry']),
        })),
    async replaceRows(rows) {
      raw.exec('DELETE FROM townkrier_audit');
      const insert = raw.prepare(
        'INSERT INTO townkrier_audit (seq, previous_hash, hash, entry) VALUES (?, ?, ?, ?)',
      );
      for (const { seq, previousHash, hash, entry } of rows) insert.run(seq, previousHash, hash, entry);
    },
    async close() {
      await Promise.all(logs.map((each) => each.close()));
      raw.close();
      remove();
    },
  };
}

auditLogConformance({ describe, it }, { name: 'SqliteAuditStore', create: createAuditHarness, skip: {} });
