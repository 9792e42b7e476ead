import { AuditLog } from '@townkrier/storage';
import { type AuditLogHarness, auditLogConformance } from '@townkrier/storage/testing';
import { describe, it } from 'vitest';
import { quoteName } from '../src/postgres-database.ts';
import { PostgresAuditStore } from '../src/storage/index.ts';
import { sharedPool } from './storage-harness.ts';
import { dropSchema, freshSchema, isServerMissing } from './test-server.ts';

/** A log on a schema of its own, and the schema as the way behind its back. */
async function createAuditHarness(): Promise<AuditLogHarness> {
  const schema = freshSchema();
  const table = `${quoteName(schema)}.audit`;
  const logs: AuditLog[] = [];
  const open = (): AuditLog => {
    const log = new AuditLog(
      new PostgresAuditStore({ connection: sharedPool(), schema, queryTimeout: 60_000 }),
    );
    logs.push(log);
    return log;
  };
  return {
    log: open(),
    connect: async () => open(),
    async readRows() {
      const { rows } = await sharedPool().query(
        `SELECT seq, previous_hash, hash, entry::text FROM ${table} ORDER BY seq`,
      );
      return rows.map(({ seq, previous_hash: previousHash, hash, entry }) => ({
        seq: Number(seq),
        previousHash,
        hash,
        entry,
      }));
    },
    async replaceRows(rows) {
      await sharedPool().query(`DELETE FROM ${table}`);
      for (const { seq, previousHash, hash, entry } of rows) {
        await sharedPool().query(
          `INSERT INTO ${table} (seq, previous_hash, hash, entry) VALUES ($1, $2, $3, $4)`,
          [seq, previousHash, hash, entry],
        );
      }
    },
    async close() {
      await Promise.all(logs.map((each) => each.close()));
      await dropSchema(sharedPool(), schema);
    },
  };
}

describe.skipIf(isServerMissing)('on a real server', () => {
  auditLogConformance({ describe, it }, { name: 'PostgresAuditStore', create: createAuditHarness, skip: {} });
});
