import { expect, it, vi } from 'vitest';
import { createJobId } from './job-id.ts';

it('ids of later milliseconds sort after those of earlier ones', () => {
  vi.useFakeTimers();
  try {
    const ids = [0, 1, 61, 62, 1_767_225_600_000, 1_767_225_600_001, 4_000_000_000_000].map((now) => {
      vi.setSystemTime(now);
      return createJobId();
    });
    expect(ids.map((id) => id.slice(0, 8))).toEqual(ids.map((id) => id.slice(0, 8)).toSorted());
    expect(new Set(ids.map((id) => id.slice(0, 8))).size).toBe(ids.length);
  } finally {
    vi.useRealTimers();
  }
});

it('ids of one millisecond differ, and fit where ids go', () => {
  const ids = Array.from({ length: 10_000 }, createJobId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[\w-]{21}$/);
});
