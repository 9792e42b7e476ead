import { expect, it } from 'vitest';
import { QueueError, QueueErrorCode } from '../errors.ts';
import { isAway } from './is-away.ts';

const withCode = (code: string) => Object.assign(new Error('no'), { code });
const withName = (name: string) => Object.assign(new Error('no'), { name });

it.each<[string, unknown]>([
  ['QUEUE_UNAVAILABLE', new QueueError(QueueErrorCode.QUEUE_UNAVAILABLE, 'no')],
  ['a refused connection', withCode('ECONNREFUSED')],
  ['a connection that was reset', withCode('ECONNRESET')],
  ['a name that is not resolved', withCode('EAI_AGAIN')],
  ['PostgreSQL that shuts down', withCode('57P01')],
  ['a lost connection to PostgreSQL', new Error('Connection terminated unexpectedly')],
  ['too many connections to PostgreSQL', withCode('53300')],
  ['ioredis that gives up', withName('MaxRetriesPerRequestError')],
  ['ioredis that is closed', new Error('Connection is closed.')],
  [
    'ioredis without a queue of its own',
    new Error("Stream isn't writeable and enableOfflineQueue options is false"),
  ],
  ['a Redis that loads its data', new Error('LOADING Redis is loading the dataset in memory')],
  ['a Redis that became a replica', new Error("READONLY You can't write against a read only replica.")],
  ['an error caused by one', new Error('could not add', { cause: withCode('EPIPE') })],
  ['several tries, one of them', new AggregateError([new Error('no'), withCode('ECONNREFUSED')])],
])('%s means that the backend is away', (_what, error) => {
  expect(isAway(error)).toBe(true);
});

const circle = new Error('no');
circle.cause = circle;

it.each<[string, unknown]>([
  ['QUEUE_FULL', new QueueError(QueueErrorCode.QUEUE_FULL, 'full')],
  [
    'an error of the library that a lost connection caused',
    new QueueError(QueueErrorCode.QUEUE_JOB_INVALID, 'wrong', withCode('ECONNRESET')),
  ],
  ['a bug', new TypeError('x is not a function')],
  ['a violated constraint', withCode('23505')],
  ['a wrong command', new Error('WRONGTYPE Operation against a key holding the wrong kind of value')],
  ['a circle of causes', circle],
  ['what is no error', 'ECONNREFUSED'],
  ['nothing', undefined],
])('%s does not', (_what, error) => {
  expect(isAway(error)).toBe(false);
});
