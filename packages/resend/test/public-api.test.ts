import { expect, test } from 'vitest';
import * as resend from '../src/index.ts';

test('the public list is this', () => {
  expect(Object.keys(resend).toSorted()).toEqual([
    'DEFAULT_BASE_URL',
    'LONGEST_RETRY_AFTER',
    'QUOTA_WAIT',
    'createResendChannel',
  ]);
});
