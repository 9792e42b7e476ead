import { QueueError, QueueErrorCode } from '@townkrier/queue';
import { isPostgresPool, type PostgresQueryable } from '../postgres-connection.ts';
import type { PostgresDatabase, PostgresTransaction } from '../postgres-database.ts';
import { sqlStateOf, toPostgresError } from '../postgres-errors.ts';
import type { TimeLimit } from '../time-limit.ts';

/** Marks where our part of the app's transaction begins, so that it can be undone alone. */
const SAVEPOINT = 'townkrier_insert';

/** SQLSTATEs of a savepoint outside of a transaction, and inside of one that has failed. */
const NO_TRANSACTION = '25P01';
const FAILED_TRANSACTION = '25P02';

/**
 * Runs work within a transaction that the app has open on a client of `pg`: all of it or nothing, and the transaction goes on either way. That one is open is
 * asked of the server itself, by the savepoint.
 *
 * @throws {QueueError} `QUEUE_TRANSACTION_INVALID` for what is no client, or a pool, and for a client without an open transaction.
 */
export async function joinTransaction<T>(
  database: PostgresDatabase,
  handle: object,
  limit: TimeLimit,
  work: (transaction: PostgresTransaction) => Promise<T>,
): Promise<T> {
  if (isPostgresPool(handle))
    throw invalid('it is a pool, whose statements may each run on another connection');
  if (!isQueryable(handle)) throw invalid('it has no query');
  const transaction: PostgresTransaction = {
    async query<Row>(text: string, values: readonly unknown[] = [], options = {}) {
      try {
        const { rows } = await limit.within(handle.query(database.statement(text, values, options)));
        return rows as Row[]; // what a statement gives, only its text says
      } catch (error) {
        throw toPostgresError(error);
      }
    },
  };
  await openSavepoint(transaction);
  try {
    const result = await work(transaction);
    await transaction.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
    return result;
  } catch (error) {
    await transaction.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
    throw error;
  }
}

async function openSavepoint(transaction: PostgresTransaction): Promise<void> {
  try {
    await transaction.query(`SAVEPOINT ${SAVEPOINT}`);
  } catch (error) {
    const sqlState = sqlStateOf(error);
    if (sqlState === NO_TRANSACTION) throw invalid('no transaction is open on it; run BEGIN first');
    if (sqlState === FAILED_TRANSACTION)
      throw invalid('its transaction has failed and can only be rolled back');
    throw error;
  }
}

function isQueryable(handle: object): handle is PostgresQueryable {
  return 'query' in handle && typeof handle.query === 'function';
}

function invalid(why: string): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_TRANSACTION_INVALID,
    `transaction must be a client of pg with an open transaction: ${why}.`,
  );
}
