import { useLocation } from 'preact-iso/router';

/** The query string as state: read it by key, change it by writing an address. */
export interface Query {
  get(key: string): string;
  /** Whole number of 0 or more, else the fallback. */
  getNumber(key: string, fallback: number): number;
  /** Sets and removes (with `''` or `undefined`) some keys, keeps the others, and goes there. */
  set(
    changes: Readonly<Record<string, string | number | undefined>>,
    options?: { readonly replace?: boolean },
  ): void;
}

/** Filters, pages, sort and selection live in the URL, so that a reload or a colleague sees the same. */
export function useQuery(): Query {
  const { query, route } = useLocation();
  return {
    get: (key) => query[key] ?? '',
    getNumber: (key, fallback) => (/^\d{1,9}$/.test(query[key] ?? '') ? Number(query[key]) : fallback),
    set: (changes, { replace = false } = {}) => {
      const next = new URLSearchParams(location.search);
      for (const [key, value] of Object.entries(changes)) {
        if (value === undefined || value === '') next.delete(key);
        else next.set(key, String(value));
      }
      const text = next.toString();
      route(location.pathname + (text === '' ? '' : `?${text}`), replace);
    },
  };
}
