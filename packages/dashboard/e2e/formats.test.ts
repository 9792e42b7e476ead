import { describe, expect, it } from 'vitest';
import { statusLook } from '../ui/src/format/look.ts';
import { formatShare, formatShort } from '../ui/src/format/number.ts';
import { formatRelative, formatSpan } from '../ui/src/format/time.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

describe('numbers and moments', () => {
  it.each([
    [0, '0 ms'],
    [999.6, '1 s'],
    [1_000, '1 s'],
    [12_440, '12.4 s'],
    [59_999, '59.9 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [2 * HOUR + 5 * 60_000, '2 h 5 min'],
    [28 * HOUR, '1 d 4 h'],
    [-5, '0 ms'],
  ])('a span of %d ms reads %s', (ms, text) => {
    expect(formatSpan(ms)).toBe(text);
  });

  it('a moment within a second is now, others are told by the largest unit that fits', () => {
    expect(formatRelative(500, 0)).toBe('now');
    expect(formatRelative(0, 59 * SECOND)).toBe('59 sec ago');
    expect(formatRelative(0, 119 * SECOND)).toBe('1 min ago');
    expect(formatRelative(2 * HOUR, 0)).toBe('in 2 hr');
  });

  it('a share is whole only when nothing is missing, and a dash of nothing', () => {
    expect(formatShare(99_999, 100_000)).toBe('99.9%');
    expect(formatShare(5, 5)).toBe('100%');
    expect(formatShare(0, 0)).toBe('–');
  });

  it('numbers are short from ten thousand on', () => {
    expect(formatShort(9_999)).toBe('9,999');
    expect(formatShort(12_345)).toBe('12.3k');
  });

  it('a status that is not known is shown as it is written, also one that every object has', () => {
    expect(statusLook('constructor')).toEqual({ label: 'constructor', icon: 'question', tone: 'off' });
    expect(statusLook('failed').label).toBe('Failed');
  });
});
