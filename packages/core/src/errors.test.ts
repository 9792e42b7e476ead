import { expect, test } from 'vitest';
import {
  ChannelError,
  InvalidAddressError,
  PermanentError,
  RateLimitedError,
  TransientError,
  UnknownOutcomeError,
} from './channel-errors.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';

test('an error is told by its brand and its code, also from another copy of the package', () => {
  const error = new PermanentError('no');
  expect(TownKrierError.is(error)).toBe(true);
  expect(TownKrierError.is(error, 'CHANNEL_REJECTED')).toBe(true);
  expect(TownKrierError.is(error, 'CHANNEL_UNAVAILABLE')).toBe(false);
  const fromAnotherCopy = {
    [Symbol.for('townkrier.error')]: true,
    code: 'CHANNEL_REJECTED',
    outcome: 'permanent',
  };
  expect(TownKrierError.is(fromAnotherCopy, 'CHANNEL_REJECTED')).toBe(true);
  expect(ChannelError.is(fromAnotherCopy)).toBe(true);
});

test.each([[null], [undefined], ['text'], [new Error('x')], [{ code: 'CHANNEL_REJECTED' }]])(
  '%j is none of ours',
  (value) => {
    expect(TownKrierError.is(value)).toBe(false);
    expect(ChannelError.is(value)).toBe(false);
  },
);

test('each outcome has its class, its code and its name', () => {
  const errors = [
    new PermanentError('x', { provider: 'p', status: 403, providerCode: 'c' }),
    new InvalidAddressError('x'),
    new TransientError('x', { retryAfterMs: 5 }),
    new RateLimitedError('x', { retryAfterMs: 7 }),
    new UnknownOutcomeError('x', { cause: 'why' }),
  ];
  expect(errors.map(({ outcome, code, name }) => [outcome, code, name])).toEqual([
    ['permanent', 'CHANNEL_REJECTED', 'PermanentError'],
    ['invalid_address', 'CHANNEL_ADDRESS_INVALID', 'InvalidAddressError'],
    ['transient', 'CHANNEL_UNAVAILABLE', 'TransientError'],
    ['rate_limited', 'CHANNEL_RATE_LIMITED', 'RateLimitedError'],
    ['unknown', 'CHANNEL_OUTCOME_UNKNOWN', 'UnknownOutcomeError'],
  ]);
  expect(errors[0]).toMatchObject({ provider: 'p', status: 403, providerCode: 'c' });
  expect(errors[4]?.cause).toBe('why');
});

test('each code is written as it is called', () => {
  for (const [key, code] of Object.entries(CoreErrorCode)) expect(code).toBe(key);
});
