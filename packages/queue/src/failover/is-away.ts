import { TownKrierError } from '@townkrier/core';
import { QueueErrorCode } from '../errors.ts';

/** What Node.js says of a connection that is not there. */
const SYSTEM_CODES = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_SOCKET_CLOSED',
  'ERR_STREAM_DESTROYED',
]);

/** PostgreSQL: connection exceptions, too many connections, shutting down, crashed, starting up. */
const SQL_STATE = /^(08...|53300|57P0[123])$/;

/** What clients of Redis call their own errors of this kind. */
const CLIENT_ERROR_NAMES = new Set([
  'ClientClosedError',
  'ClientOfflineError',
  'ClusterAllFailedError',
  'ConnectionTimeoutError',
  'DisconnectsClientError',
  'MaxRetriesPerRequestError',
  'SocketClosedUnexpectedlyError',
]);

/** Redis that starts, has lost its master or cluster, or was made a replica; and clients' errors that have neither code nor name. */
const MESSAGE =
  /^(LOADING|MASTERDOWN|CLUSTERDOWN|READONLY) |^Connection (is closed|terminated)|^Stream isn't writeable|^Command (timed out|aborted due to connection close)|^timeout exceeded when trying to connect|not queryable$/;

/** Causes looked at, so that a circle of them ends. */
const MAX_DEPTH = 5;

/**
 * Whether an error says that a backend does not answer, rather than something about what it was asked. An error of the library says so by its code
 * alone: `QUEUE_UNAVAILABLE`. Others are known by what Node.js and the usual clients of Redis and PostgreSQL throw when a connection is lost, also as
 * the cause of another or one of an `AggregateError`.
 */
export function isAway(error: unknown): boolean {
  return isAwayWithin(error, MAX_DEPTH);
}

function isAwayWithin(error: unknown, depth: number): boolean {
  if (typeof error !== 'object' || error === null || depth === 0) return false;
  if (TownKrierError.is(error)) return error.code === QueueErrorCode.QUEUE_UNAVAILABLE;
  if (isLostConnection(error)) return true;
  if ('errors' in error && Array.isArray(error.errors))
    return error.errors.some((each) => isAwayWithin(each, depth - 1));
  return 'cause' in error && isAwayWithin(error.cause, depth - 1);
}

function isLostConnection(error: object): boolean {
  const code = textOf(error, 'code');
  return (
    SYSTEM_CODES.has(code) ||
    SQL_STATE.test(code) ||
    CLIENT_ERROR_NAMES.has(textOf(error, 'name')) ||
    MESSAGE.test(textOf(error, 'message'))
  );
}

function textOf(error: object, key: string): string {
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' ? value : '';
}
