import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Stats } from '../../../src/api-types.ts';
import type { RequestError } from '../api.ts';
import { api } from '../api.ts';
import { useNews, useRefresh } from '../news.ts';

/** The newest counts; `null` until they are known. Several parts of the page show them, so they are asked for once. */
export const stats = signal<Stats | null>(null);

/** Why the counts are not known or not new. */
export const statsError = signal<RequestError | null>(null);

/** Asks for the counts now. */
export async function loadStats(): Promise<void> {
  try {
    stats.value = await api.stats();
    statsError.value = null;
  } catch (error) {
    // Without a signal `api` throws nothing else.
    statsError.value = error as RequestError;
  }
}

/** Loads the counts and keeps them fresh: the stream brings them along, otherwise they are asked for. Use it once. */
export function useStats(): void {
  useEffect(() => void loadStats(), []);
  useNews((news) => {
    if (news.name === 'stats') stats.value = news.data;
  });
  useRefresh(
    () => false,
    () => void loadStats(),
  );
}
