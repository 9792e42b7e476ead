import { expect, test } from 'vitest';
import * as smtp from '../src/index.ts';

test('the public list is this', () => {
  expect(Object.keys(smtp).toSorted()).toEqual([
    'DEFAULT_CONNECTION_TIMEOUT',
    'DEFAULT_MAX_CONNECTIONS',
    'DEFAULT_SOCKET_TIMEOUT',
    'GREYLIST_WAIT',
    'createSmtpChannel',
  ]);
});
