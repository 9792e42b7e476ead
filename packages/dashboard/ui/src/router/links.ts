import { toPath } from './base.ts';

/** Values for the query string; `undefined` and empty ones are left out. */
export type QueryValues = Readonly<Record<string, string | number | undefined>>;

function withQuery(path: string, values: QueryValues = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') query.set(key, String(value));
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Every place in the dashboard, as an absolute path for `href`. Ids are percent-encoded: they may hold anything. */
export const links = {
  overview: (query?: QueryValues) => withQuery(toPath(''), query),
  jobs: (query?: QueryValues) => withQuery(toPath('jobs'), query),
  job: (id: string) => toPath(`jobs/${encodeURIComponent(id)}`),
  logs: (query?: QueryValues) => withQuery(toPath('logs'), query),
  log: (id: string) => toPath(`logs/${encodeURIComponent(id)}`),
  logPreview: (id: string) => toPath(`api/logs/${encodeURIComponent(id)}/preview`),
} as const;
