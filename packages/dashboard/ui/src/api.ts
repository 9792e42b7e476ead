import type {
  ApiError,
  Health,
  JobActionResult,
  JobDetail,
  JobList,
  LogDetail,
  LogExplanation,
  LogList,
  Me,
  Stats,
  Timeseries,
} from '../../src/api-types.ts';
import { toPath } from './router/base.ts';
import type { QueryValues } from './router/links.ts';
import { reachable } from './state/reachable.ts';

/** A request the server refused, or that never reached it (`status` 0). */
export class RequestError extends Error {
  readonly status: number;
  readonly code: string;
  /** What the server asks to be told when it is asked about this. */
  readonly requestId: string | undefined;

  constructor(status: number, body: Partial<ApiError>) {
    super(body.error ?? `The server answered ${status}.`);
    this.name = 'RequestError';
    this.status = status;
    this.code = body.code ?? 'UNKNOWN';
    this.requestId = body.requestId;
  }
}

interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly query?: QueryValues | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Statuses besides 2xx whose body is an answer too. */
  readonly answersWith?: readonly number[];
}

/**
 * Asks the server. The answer is typed, not checked: the contract tests hold the server to the schemas behind these types, and checking them
 * here again would double the size of the page.
 */
async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const { method = 'GET', query, signal, answersWith = [] } = options;
  const response = await reach(toPath(`api/${path}${toQuery(query)}`), {
    method,
    headers: { accept: 'application/json', 'x-townkrier-request': '1' },
    signal: signal ?? null,
  });
  const body: unknown = await response.json().catch(() => null);
  const isAnswer = response.ok || answersWith.includes(response.status);
  if (!isAnswer || body === null) throw new RequestError(response.status, isObject(body) ? body : {});
  // The one place where JSON gets its type; see above.
  return body as Answer;
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, init);
    reachable.value = true;
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    reachable.value = false;
    throw new RequestError(0, { error: 'The server could not be reached.', code: 'UNREACHABLE' });
  }
}

function isObject(value: unknown): value is Partial<ApiError> {
  return typeof value === 'object' && value !== null;
}

function toQuery(values: QueryValues = {}): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
}

const jobPath = (id: string): string => `jobs/${encodeURIComponent(id)}`;
const logPath = (id: string): string => `logs/${encodeURIComponent(id)}`;

/** The dashboard's API. Each call rejects with a {@link RequestError}, or an `AbortError` when its signal was aborted. */
export const api = {
  me: (signal?: AbortSignal) => request<Me>('me', { signal }),
  stats: (signal?: AbortSignal) => request<Stats>('stats', { signal }),
  /** 503 says that something is down, and what. */
  health: (signal?: AbortSignal) =>
    request<Health>('health', { query: { deep: 1 }, signal, answersWith: [503] }),
  timeseries: (range: Timeseries['range'], signal?: AbortSignal) =>
    request<Timeseries>('metrics/timeseries', { query: { range }, signal }),
  jobs: (query: QueryValues, signal?: AbortSignal) => request<JobList>('jobs', { query, signal }),
  job: (id: string, signal?: AbortSignal) => request<JobDetail>(jobPath(id), { signal }),
  retryJob: (id: string) => request<JobActionResult>(`${jobPath(id)}/retry`, { method: 'POST' }),
  cancelJob: (id: string) => request<JobActionResult>(`${jobPath(id)}/cancel`, { method: 'POST' }),
  deleteJob: (id: string) => request<JobActionResult>(jobPath(id), { method: 'DELETE' }),
  logs: (query: QueryValues, signal?: AbortSignal) => request<LogList>('logs', { query, signal }),
  log: (id: string, signal?: AbortSignal) => request<LogDetail>(logPath(id), { signal }),
  explainLog: (id: string, signal?: AbortSignal) =>
    request<LogExplanation>(`${logPath(id)}/explain`, { signal }),
} as const;
