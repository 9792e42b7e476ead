import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from './clock.ts';

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('calls once, after the delay', () => {
    const callback = vi.fn();
    const begun = systemClock.now();
    systemClock.schedule(callback, 1_000);
    vi.advanceTimersByTime(999);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60_000);
    expect(callback).toHaveBeenCalledOnce();
    expect(systemClock.now()).toBe(begun + 60_999);
  });

  test('waits longer than a timer of Node can', () => {
    const callback = vi.fn();
    const delay = 2 ** 31 + 5_000;
    systemClock.schedule(callback, delay);
    vi.advanceTimersByTime(delay - 1);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledOnce();
  });

  test('calls nothing once cancelled, also in a later stage of a long wait', () => {
    const callback = vi.fn();
    const timer = systemClock.schedule(callback, 2 ** 31 + 5_000);
    vi.advanceTimersByTime(2 ** 31);
    timer.cancel();
    timer.cancel();
    vi.advanceTimersByTime(2 ** 31);
    expect(callback).not.toHaveBeenCalled();
  });

  test('takes a delay below zero as soon as possible', () => {
    const callback = vi.fn();
    systemClock.schedule(callback, -5);
    vi.advanceTimersByTime(0);
    expect(callback).toHaveBeenCalledOnce();
  });
});
