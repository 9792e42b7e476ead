import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobError } from '../job.ts';
import { failurePatternOf } from './failure-pattern.ts';

function patternOf(message: string, error: Partial<JobError> = {}) {
  return failurePatternOf({ queue: 'mail', type: 'send', error: { name: 'Error', message, ...error } });
}

describe('what stays of a message', () => {
  it.each([
    ['connect ECONNREFUSED 127.0.0.1:6379', 'connect ECONNREFUSED #'],
    ['connect ECONNREFUSED [::1]:6379', 'connect ECONNREFUSED [::#]:#'],
    ['invoice 17 of order ORD-10000 has 3 items.', 'invoice # of order # has # items.'],
    ['no row 8f14e45f-ceea-467f-a9d4-0a1b2c3d4e5f', 'no row #'],
    ['job V1StGXR8_Z5jdHi6B-myT is gone', 'job # is gone'],
    ['550 <ada.lovelace+x@example.com> is unknown', '# <<address>> is unknown'],
    ['GET https://api.example.com/users/7?token=abc failed', 'GET <url> failed'],
    ['"Ada" is no month', '"…" is no month'],
    ["can't find 'Ada L.', didn't look", `can't find "…", didn't look`],
    ['Müller7  was\n refused', '# was refused'],
    ['', ''],
  ])('%j gives %j', (message, expected) => {
    expect(patternOf(message).message).toBe(expected);
  });

  it('is the beginning of a long one', () => {
    expect(patternOf('x'.repeat(100_000)).message).toHaveLength(500);
  });
});

describe('the group', () => {
  it('is the same whatever numbers and names stand in the message', () => {
    const values = fc.tuple(
      fc.nat(),
      fc.uuid(),
      fc.emailAddress({ size: 'small' }).filter((text) => /^[\w.@-]+$/.test(text)),
    );
    const write = ([n, id, address]: [number, string, string]) =>
      `order ${n} (${id}) of ${address} was refused`;
    fc.assert(
      fc.property(values, values, (one, other) => {
        expect(patternOf(write(one)).group).toBe(patternOf(write(other)).group);
      }),
    );
  });

  it('differs by queue, type, code and words', () => {
    const error = { name: 'Error', message: 'refused', code: 'REFUSED' };
    const groups = [
      failurePatternOf({ queue: 'mail', type: 'send', error }),
      failurePatternOf({ queue: 'bulk', type: 'send', error }),
      failurePatternOf({ queue: 'mail', type: 'draw', error }),
      failurePatternOf({ queue: 'mail', type: 'send', error: { ...error, code: 'BUSY' } }),
      failurePatternOf({ queue: 'mail', type: 'send', error: { ...error, message: 'busy' } }),
      failurePatternOf({ queue: 'mail', type: 'send', error: null }),
    ].map(({ group }) => group);
    expect(new Set(groups).size).toBe(groups.length);
  });

  it('goes by the code where there is one, and by the name of the error where there is none', () => {
    expect(patternOf('no', { name: 'TypeError', code: 'E_NO' }).error).toBe('E_NO');
    expect(patternOf('no', { name: 'TypeError' }).error).toBe('TypeError');
  });

  it('does not change from one release to the next: links and alerts keep it', () => {
    expect(patternOf('invoice 17 was refused', { code: 'REFUSED' }).group).toMatchInlineSnapshot(
      `"Z5w8Wq7ZVF7ZDCjX"`,
    );
  });
});
