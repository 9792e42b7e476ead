import { signal } from '@preact/signals';
import type { Me } from '../../../src/api-types.ts';
import { api, type RequestError } from '../api.ts';

/** Who is asking and what they may do; `null` until the server has said. */
export const me = signal<Me | null>(null);

/** Why the server would not say. */
export const sessionError = signal<RequestError | null>(null);

/** Asks once who is asking. */
export async function loadSession(): Promise<void> {
  try {
    me.value = await api.me();
    sessionError.value = null;
  } catch (error) {
    // `api` throws nothing else: no signal was given, so nothing can be aborted.
    sessionError.value = error as RequestError;
  }
}
