import { expect, test } from 'vitest';
import { runExample } from './testing/run-example.ts';

test('queues keep to their limits and pauses', async () => {
  const { stdout } = await runExample('queue-policies.ts');
  expect(stdout.trim().split('\n')).toEqual([
    'ai: 0 done, 0 waiting, works',
    'email: 0 done, 1 waiting, paused: the mail provider is being changed',
    'notification: 2 done, 0 waiting, works',
    'oma: 0 done, 0 waiting, works',
    'pdf: 20 done, 5 waiting, works',
    'scheduled: 0 done, 0 waiting, works',
  ]);
});
