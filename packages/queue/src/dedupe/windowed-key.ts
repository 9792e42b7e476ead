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
    const entry = toWindow(value);
    if (entry !== null && now < entry.until) return { value: undefined, result: entry.key };
    return { value: { key: freshKey, until: now + window }, result: freshKey };
  });
}

/** `null` also for what this version cannot read. Most windows are new, and to have that found out by the schema takes long. */
function toWindow(value: unknown): z.output<typeof windowSchema> | null {
  return value === null ? null : (windowSchema.safeParse(value).data ?? null);
}
