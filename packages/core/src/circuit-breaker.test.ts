import { beforeEach, describe, expect, test, vi } from 'vitest';
import { CircuitBreaker, PROBE_WAIT } from './circuit-breaker.ts';
import { VirtualClock } from './testing/virtual-clock.ts';

describe('CircuitBreaker', () => {
  let clock: VirtualClock;
  let circuit: CircuitBreaker;
  const onOpen = vi.fn();
  const onClose = vi.fn();

  beforeEach(() => {
    vi.clearAllMocks();
    clock = new VirtualClock(0);
    circuit = new CircuitBreaker({ failures: 3, rest: 1_000, clock, onOpen, onClose });
  });

  function fail(times: number): void {
    for (let i = 0; i < times; i += 1) circuit.fail(circuit.admit() ?? 'call');
  }

  test('opens after so many failures in a row', () => {
    fail(2);
    expect(circuit.admit()).toBe('call');
    fail(1);
    expect(circuit.admit()).toBeNull();
    expect(onOpen.mock.calls).toEqual([[new Date(1_000)]]);
  });

  test('a success between failures begins the count anew', () => {
    fail(2);
    circuit.succeed('call');
    fail(2);
    expect(circuit.isOpen).toBe(false);
  });

  test('says how long it still rests', async () => {
    fail(3);
    await clock.advance(400);
    expect(circuit.retryAfterMs).toBe(600);
  });

  test('lets exactly one probe through after the rest', async () => {
    fail(3);
    await clock.advance(1_000);
    expect([circuit.admit(), circuit.admit(), circuit.admit()]).toEqual(['probe', null, null]);
    expect(circuit.retryAfterMs).toBe(PROBE_WAIT);
  });

  test('closes when the probe succeeds', async () => {
    fail(3);
    await clock.advance(1_000);
    circuit.admit();
    circuit.succeed('probe');
    expect(circuit.admit()).toBe('call');
    expect(onClose).toHaveBeenCalledOnce();
  });

  test('rests again when the probe fails', async () => {
    fail(3);
    await clock.advance(1_000);
    circuit.admit();
    circuit.fail('probe');
    expect(circuit.admit()).toBeNull();
    expect(circuit.retryAfterMs).toBe(1_000);
  });

  test('gives the probe to the next when it was not used', async () => {
    fail(3);
    await clock.advance(1_000);
    circuit.admit();
    circuit.release('probe');
    expect(circuit.admit()).toBe('probe');
  });

  test('a call that began before it opened can neither close nor prolong it', () => {
    const early = circuit.admit() ?? 'call';
    fail(3);
    circuit.succeed(early);
    expect(circuit.isOpen).toBe(true);
    circuit.fail(early);
    expect(circuit.retryAfterMs).toBe(1_000);
    expect(onOpen).toHaveBeenCalledOnce();
  });
});
