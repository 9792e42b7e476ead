import { expect, it } from 'vitest';
import { MINUTE } from './grain.ts';
import { toHistory } from './queue-history.ts';
import { Tally } from './tally.ts';

const FROM = Date.UTC(2026, 0, 10, 12);
const RANGE = { grain: MINUTE, from: FROM, to: FROM + 4 * MINUTE.ms, step: 2 * MINUTE.ms };

function slot(minute: number, tally: Partial<Tally>) {
  return { at: FROM + minute * MINUTE.ms, tally: Object.assign(new Tally(), tally) };
}

it('has a step for each part of the range, also where nothing happened', () => {
  const { steps, total } = toHistory(RANGE, [slot(2, { completed: 3 }), slot(3, { failed: 1 })], RANGE.to);
  expect(
    steps.map(({ at, completed, failed, failureRate }) => [at.getTime(), completed, failed, failureRate]),
  ).toEqual([
    [FROM, 0, 0, null],
    [FROM + 2 * MINUTE.ms, 3, 1, 0.25],
  ]);
  expect(total).toMatchObject({ completed: 3, failed: 1, perMinute: 1 });
});

it('of a step that is not over what has passed of it counts', () => {
  const now = FROM + 2.5 * MINUTE.ms;
  const { steps, total } = toHistory(RANGE, [slot(2, { completed: 3 })], now);
  expect(steps.map(({ perMinute }) => perMinute)).toEqual([0, 6]);
  expect(total.perMinute).toBeCloseTo(1.2);
});

it('what has not begun yet is 0 a minute', () => {
  expect(toHistory(RANGE, [], FROM).steps.map(({ perMinute }) => perMinute)).toEqual([0, 0]);
});
