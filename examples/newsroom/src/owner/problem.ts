import { CoreErrorCode, TownKrierError } from '@townkrier/core';
import { QueueErrorCode } from '@townkrier/queue';
import type { ErrorRequestHandler } from 'express';
import { z } from 'zod';

/** An answer that is no success. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** What an owner can do something about. Everything else is 500, and says nothing. */
const STATUS: Readonly<Record<string, number>> = {
  [CoreErrorCode.CONFIG_INVALID]: 400,
  [QueueErrorCode.QUEUE_JOB_NOT_FOUND]: 404,
  [QueueErrorCode.QUEUE_JOB_STATE]: 409,
  [QueueErrorCode.QUEUE_REPLAY_LIMIT]: 409,
  [QueueErrorCode.QUEUE_CONFIRMATION_INVALID]: 409,
  [QueueErrorCode.QUEUE_PAYLOAD_TOO_LARGE]: 413,
  [QueueErrorCode.QUEUE_PAYLOAD_INVALID]: 422,
  [QueueErrorCode.QUEUE_PAYLOAD_NOT_EDITABLE]: 422,
  [QueueErrorCode.QUEUE_AUDIT_FAILED]: 503,
  [QueueErrorCode.QUEUE_UNAVAILABLE]: 503,
};

/** Answers what was thrown. */
export function answerProblems(report: (error: unknown) => void): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const problem = toProblem(error);
    if (problem.status === 500) report(error);
    const { status, code, message, headers } = problem;
    response.status(status).set(headers).json({ error: { code, message } });
  };
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof z.ZodError) return new Problem(400, 'REQUEST_INVALID', z.prettifyError(error));
  if (TownKrierError.is(error)) {
    const status = STATUS[error.code];
    if (status !== undefined) return new Problem(status, error.code, error.message);
  }
  // What express itself throws, such as for a body that is no JSON or too large.
  const { data } = z.object({ status: z.int().min(400).max(499) }).safeParse(error);
  if (data !== undefined) return new Problem(data.status, 'REQUEST_INVALID', 'The request cannot be read.');
  return new Problem(500, 'INTERNAL', 'Something went wrong here.');
}
