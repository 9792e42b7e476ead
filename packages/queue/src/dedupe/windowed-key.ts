import { z } from 'zod';
import type { SharedState } from '../job-store.ts';
import { changeShared } from '../policy/change-shared.ts';

const windowSchema = z.object({ key: z.string(), until: z.number() });

/**
 * The idempotency key that all adds of a window have. It is shared before a job is stored with it: of many adds at once the store keeps one, and where a process dies between the
 * two, the next add within the window stores the job.
 *
 * @param freshKey - What a new window gets.
 */
export function keyOfWindow(
  shared: SharedState,
  name: string,
  { window, now, freshKey }: { readonly window: number; readonly now: number; readonly freshKey: string },
): Promise<string> {
  return changeShared<string>(shared, name, (value) => {
    // What this version cannot read counts as over.
    const entry = windowSchema.safeParse(value);
    if (entry.success && now < entry.data.until) return { value: undefined, result: entry.data.key };
    return { value: { key: freshKey, until: now + window }, result: freshKey };
  });
}
