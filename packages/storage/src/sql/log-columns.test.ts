import { describe, expect, it } from 'vitest';
import { fullLog, minute, plainLog } from '../testing/sample-log.ts';
import { fromLogRow, LOG_COLUMNS, toChangedColumns, toColumnValues } from './log-columns.ts';

/** The row a database would give. */
function storedRow(log: Parameters<typeof toColumnValues>[0]): Record<string, unknown> {
  const values = toColumnValues(log);
  return Object.fromEntries(LOG_COLUMNS.map(({ column }, index) => [column, values[index]]));
}

describe('a row as columns', () => {
  it('has one for every field', () => {
    expect(LOG_COLUMNS.map(({ field }) => field).sort()).toEqual(Object.keys(fullLog({ id: 'a' })).sort());
  });

  it.each([fullLog({ id: 'a' }), plainLog({ id: 'b' })])('comes back as it was', (log) => {
    expect(fromLogRow(storedRow(log))).toStrictEqual(log);
  });

  it('is snake case, milliseconds, JSON and NULL', () => {
    const row = storedRow(plainLog({ id: 'a', sentAt: minute(1), tags: ['vip'] }));
    expect(row).toMatchObject({
      notification_id: 'notification-1',
      sent_at: minute(1).getTime(),
      tags: '["vip"]',
      retry_logs: '[]',
      subject: null,
      scheduled_for: null,
    });
  });

  it('comes back the same where the database has parsed the JSON', () => {
    const log = fullLog({ id: 'a' });
    const row = storedRow(log);
    for (const column of ['retry_logs', 'metadata', 'tags']) row[column] = JSON.parse(String(row[column]));
    expect(fromLogRow(row)).toStrictEqual(log);
  });

  it('holds U+FFFD where a text has U+0000 or half a pair, and keeps them in JSON', () => {
    const row = storedRow(plainLog({ id: 'a', content: 'a\0b\uD800', metadata: { key: 'c\0\uD800' } }));
    expect(row['content']).toBe('a\uFFFDb\uFFFD');
    expect(String(row['metadata'])).toBe('{"key":"c\\u0000\\ud800"}');
    expect(fromLogRow(row).metadata).toEqual({ key: 'c\0\uD800' });
  });
});

describe('a patch as columns', () => {
  it('names what it changes, with NULL for what it removes', () => {
    const changed = toChangedColumns({ status: 'sent', sentAt: minute(1), error: undefined });
    expect([...changed].map(([{ column }, value]) => [column, value])).toEqual([
      ['status', 'sent'],
      ['error', null],
      ['sent_at', minute(1).getTime()],
    ]);
  });

  it('leaves out the id, the creation, what is no field, and a required field without a value', () => {
    const smuggled: object = { id: 'b', createdAt: minute(1), status: undefined, toString: 'x', extra: 1 };
    expect([...toChangedColumns(smuggled)]).toEqual([]);
  });
});
