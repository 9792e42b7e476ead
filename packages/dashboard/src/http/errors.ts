import { TownKrierError } from '@townkrier/core';
import type { ApiError } from '../api-types.ts';
import { jsonResponse } from './json.ts';

/** An answer that is not the one hoped for. Thrown anywhere below the router, which turns it into the response. */
export class HttpError extends Error {
  readonly status: number;
  readonly body: ApiError;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: ApiError, headers: Readonly<Record<string, string>> = {}) {
    super(body.error);
    this.name = 'HttpError';
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** The queue or the log did not do what it was asked. What it said stays in `cause`: it may name hosts and tables. */
export class DependencyError extends Error {
  readonly dependency: 'queue' | 'storage';

  constructor(dependency: 'queue' | 'storage', cause: unknown) {
    super(`The ${dependency} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'DependencyError';
    this.dependency = dependency;
  }
}

export function invalidInput(
  issues: readonly { readonly path: string; readonly message: string }[],
): HttpError {
  const error = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ');
  return new HttpError(400, { error: `Invalid input. ${error}`, code: 'INVALID_INPUT', issues: [...issues] });
}

export function forbidden(error: string, message?: string): HttpError {
  return new HttpError(403, { error, code: 'FORBIDDEN', ...(message === undefined ? {} : { message }) });
}

export function notFound(): HttpError {
  return new HttpError(404, { error: 'There is nothing at this path.', code: 'NOT_FOUND' });
}

export function jobNotFound(jobId: string): HttpError {
  return new HttpError(404, { error: 'Job not found', code: 'NOT_FOUND', jobId });
}

export function logNotFound(logId: string): HttpError {
  return new HttpError(404, { error: 'Log not found', code: 'NOT_FOUND', logId });
}

export function methodNotAllowed(allowed: readonly string[]): HttpError {
  const error = `This path takes ${allowed.join(', ')} only.`;
  return new HttpError(405, { error, code: 'METHOD_NOT_ALLOWED' }, { allow: allowed.join(', ') });
}

export function tooManyRequests(error: string, retryAfterMs: number): HttpError {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new HttpError(429, { error, code: 'RATE_LIMITED' }, { 'retry-after': String(seconds) });
}

/** What went wrong inside, as an answer that tells nothing of it but an id to find it by. */
export function errorResponse(error: unknown, requestId: string): Response {
  if (error instanceof HttpError) return jsonResponse(error.body, error.status, error.headers);
  if (error instanceof DependencyError) {
    const what = error.dependency === 'queue' ? 'The job queue' : 'The delivery log';
    return jsonResponse({ error: `${what} did not answer.`, code: 'UNAVAILABLE', requestId }, 503, {
      'retry-after': '5',
    });
  }
  return jsonResponse({ error: 'Something went wrong in the dashboard.', code: 'INTERNAL', requestId }, 500);
}

/** Whether an error is for the operator's log rather than only for the one who asked. */
export function isInternal(error: unknown): boolean {
  return !(error instanceof HttpError);
}

/** What a command on a job was refused for, or the error as it is. */
export function jobCommandError(error: unknown, jobId: string): unknown {
  const cause = causeOf(error);
  if (TownKrierError.is(cause, 'QUEUE_JOB_NOT_FOUND')) return jobNotFound(jobId);
  if (TownKrierError.is(cause, 'QUEUE_JOB_STATE')) {
    return new HttpError(409, { error: cause.message, code: 'CONFLICT', jobId });
  }
  if (TownKrierError.is(cause, 'QUEUE_UNSUPPORTED')) {
    return new HttpError(409, { error: cause.message, code: 'UNSUPPORTED', jobId });
  }
  return error;
}

/** What says that a filter, not the queue or the log, is at fault. */
const FILTER_ERRORS = ['QUEUE_JOB_INVALID', 'QUEUE_UNSUPPORTED', 'STORAGE_FILTER_INVALID'];

/** Throws what a list was refused for as 400, and anything else as it is. */
export function rethrowFilterError(error: unknown): never {
  const cause = causeOf(error);
  if (!TownKrierError.is(cause) || !FILTER_ERRORS.includes(cause.code)) throw error;
  throw invalidInput([{ path: 'query', message: cause.message }]);
}

function causeOf(error: unknown): unknown {
  return error instanceof DependencyError ? error.cause : error;
}
