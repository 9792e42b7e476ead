import { describe, expect, it } from 'vitest';
import { type CountedRow, LogCountChanges } from './log-count-changes.ts';

const row: CountedRow = {
  channel: 'email',
  status: 'sent',
  reached: 'sent',
  created_at: Date.UTC(2026, 0, 5, 8, 30),
  notification_type: 'welcome',
  provider: null,
};

function countsOf(changes: LogCountChanges) {
  return changes.list().map(({ scope, value, start, status, by }) => [scope, value, start, status, by]);
}

describe('what a transaction does to the counters', () => {
  it('is one change for all rows of a kind: in all, of the day, of the hour, of the type', () => {
    const changes = new LogCountChanges();
    changes.add(row);
    changes.add({ ...row, created_at: row.created_at + 60_000 });
    expect(countsOf(changes)).toEqual([
      ['all', '', 0, 'sent', 2],
      ['day', '', Date.UTC(2026, 0, 5), 'sent', 2],
      ['hour', '', Date.UTC(2026, 0, 5, 8), 'sent', 2],
      ['type', 'welcome', 0, 'sent', 2],
    ]);
  });

  it('is nothing for a row that stays of its kind', () => {
    const changes = new LogCountChanges();
    changes.remove(row);
    changes.add({ ...row });
    expect(changes.list()).toEqual([]);
  });

  it('counts a row before 1970 on the day it belongs to', () => {
    const changes = new LogCountChanges();
    changes.add({ ...row, created_at: -1, notification_type: null });
    expect(countsOf(changes).map(([scope, , start]) => [scope, start])).toEqual([
      ['all', 0],
      ['day', -86_400_000],
      ['hour', -3_600_000],
    ]);
  });

  it('comes in the same order whatever the order of the rows', () => {
    const others = [row, { ...row, provider: 'smtp' }, { ...row, channel: 'a"b' }, { ...row, created_at: 5 }];
    const [one, other] = [new LogCountChanges(), new LogCountChanges()];
    for (const each of others) one.add(each);
    for (const each of others.toReversed()) other.add(each);
    expect(one.list()).toEqual(other.list());
  });
});
