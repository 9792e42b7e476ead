import { useQuery } from '../router/query.ts';

/** Which rows are ticked. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly toggle: (id: string) => void;
  /** Ticks exactly these. */
  readonly replace: (ids: readonly string[]) => void;
}

/** The ticked rows, kept in the address: `selected=a,b`, each id percent-encoded once more because it may hold a comma. */
export function useSelection(): Selection {
  const query = useQuery();
  const ids = new Set(query.get('selected').split(',').filter(Boolean).flatMap(decode));
  const replace = (next: readonly string[]): void => {
    query.set({ selected: next.map(encodeURIComponent).join(',') }, { replace: true });
  };
  return {
    ids,
    replace,
    toggle: (id) => replace(ids.has(id) ? [...ids].filter((other) => other !== id) : [...ids, id]),
  };
}

function decode(text: string): string[] {
  try {
    return [decodeURIComponent(text)];
  } catch {
    return [];
  }
}
