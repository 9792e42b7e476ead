import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { addressKey, RateLimiter } from './rate-limit.ts';

function createLimiter(limit = 2) {
  const clock = new VirtualClock(0);
  return { clock, limiter: new RateLimiter({ limit, windowMs: 60_000 }, clock) };
}

describe('RateLimiter', () => {
  it('is free until the limit is used', () => {
    const { limiter } = createLimiter();
    limiter.use('a');
    expect(limiter.msUntilFree('a')).toBe(0);
    limiter.use('a');
    expect(limiter.msUntilFree('a')).toBe(60_000);
  });

  it('counts each key by itself', () => {
    const { limiter } = createLimiter(1);
    limiter.use('a');
    expect(limiter.msUntilFree('b')).toBe(0);
  });

  it('is free again when the window of the first use ends', async () => {
    const { limiter, clock } = createLimiter(1);
    limiter.use('a');
    await clock.advance(59_999);
    expect(limiter.msUntilFree('a')).toBe(1);
    await clock.advance(1);
    expect(limiter.msUntilFree('a')).toBe(0);
  });

  it('forgets the oldest keys rather than growing without end', () => {
    const { limiter } = createLimiter(1);
    for (let index = 0; index <= 10_000; index += 1) limiter.use(`key-${index}`);
    expect(limiter.msUntilFree('key-0')).toBe(0);
    expect(limiter.msUntilFree('key-1')).toBeGreaterThan(0);
  });
});

describe('addressKey', () => {
  it('counts all of an IPv6 network of one machine together', () => {
    expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe(addressKey('2001:db8:1:2:ffff::1'));
    expect(addressKey('2001:db8:1:2::1')).not.toBe(addressKey('2001:db8:1:3::1'));
  });

  it('counts each IPv4 address by itself, also mapped into IPv6', () => {
    expect(addressKey('192.0.2.1')).not.toBe(addressKey('192.0.2.2'));
    expect(addressKey('::ffff:192.0.2.1')).not.toBe(addressKey('::ffff:192.0.2.2'));
  });
});
