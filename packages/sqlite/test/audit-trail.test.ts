import { AuditedQueueAdapter } from '@townkrier/queue';
import { AuditLog } from '@townkrier/storage';
import { expect, it } from 'vitest';
import { SqliteQueueAdapter } from '../src/queue/index.ts';
import { SqliteAuditStore } from '../src/storage/index.ts';
import { openRaw } from './storage-harness.ts';
import { temporaryFile } from './temporary-file.ts';

it('what an operator does to a queue stands in the audit log of the same file, and nothing of the payload', async () => {
  const { file, remove } = temporaryFile();
  const auditLog = new AuditLog(new SqliteAuditStore({ file }));
  const adapter = new AuditedQueueAdapter(new SqliteQueueAdapter({ file }), {
    sink: { write: async (entry) => void (await auditLog.append(entry)) },
  });
  const [job] = await adapter.add([{ type: 'mail', payload: { to: 'ada@example.com' }, queue: 'mails' }]);
  await adapter.as('bob', { reason: 'wrong list' }).cancelJob(job?.id ?? '');
  await expect(adapter.as('eve').cancelJob(job?.id ?? '')).rejects.toMatchObject({ code: 'QUEUE_JOB_STATE' });

  const target = { kind: 'job', id: job?.id ?? '' };
  expect(await auditLog.list({ actor: 'bob', target })).toMatchObject([
    { seq: 1, outcome: 'requested', before: { status: 'pending' }, after: null },
    { seq: 2, outcome: 'done', after: { status: 'cancelled' }, reason: 'wrong list' },
  ]);
  expect(await auditLog.list({ actor: 'eve', order: 'desc', limit: 1 })).toMatchObject([
    { seq: 4, outcome: 'failed', errorCode: 'QUEUE_JOB_STATE', before: { status: 'cancelled' } },
  ]);
  expect(JSON.stringify(await auditLog.list())).not.toContain('example.com');

  const raw = openRaw(file);
  raw.exec("UPDATE townkrier_audit SET entry = replace(entry, 'bob', 'eve') WHERE seq = 2");
  raw.close();
  expect(await auditLog.verify()).toMatchObject({ isIntact: false, seq: 2 });
  await adapter.close();
  await auditLog.close();
  remove();
});
