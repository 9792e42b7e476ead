import { fromPath } from './base.ts';

/** Which screen a URL shows. */
export type Place =
  | { readonly screen: 'overview' | 'jobs' | 'logs' | 'unknown' }
  | { readonly screen: 'job' | 'log'; readonly id: string };

/** Reads a path of the address bar. A path that means nothing, or is not valid percent-encoding, is `unknown`; it never throws. */
export function matchPlace(path: string): Place {
  const [first, second, ...rest] = fromPath(path.endsWith('/') ? path : `${path}/`)
    .split('/')
    .slice(0, -1);
  if (first === undefined || first === '') return { screen: 'overview' };
  if (rest.length > 0 || (first !== 'jobs' && first !== 'logs')) return { screen: 'unknown' };
  if (second === undefined) return { screen: first };
  const id = decode(second);
  return id === null ? { screen: 'unknown' } : { screen: first === 'jobs' ? 'job' : 'log', id };
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
