import { QueueError, QueueErrorCode } from '@townkrier/queue';
import { PostgresError, PostgresErrorCode } from '../postgres-errors.ts';

/** An error of the database as the contract of queues names it; others stay what they are. */
export function toQueueError(error: unknown): unknown {
  if (PostgresError.is(error, PostgresErrorCode.POSTGRES_UNAVAILABLE)) {
    return new QueueError(QueueErrorCode.QUEUE_UNAVAILABLE, error.message, error);
  }
  if (PostgresError.is(error, PostgresErrorCode.POSTGRES_CLOSED)) {
    return new QueueError(
      QueueErrorCode.QUEUE_CLOSED,
      'The queue is closed. Make a new adapter to go on.',
      error,
    );
  }
  return error;
}
