import type { SharedState } from '@townkrier/queue';

/** Adds 1 to a shared number, and repeats it while others are faster. */
export async function addOne(shared: SharedState, key: string): Promise<void> {
  for (;;) {
    const entry = await shared.read(key);
    const version = await shared.write({
      key,
      value: Number(entry?.value ?? 0) + 1,
      version: entry?.version ?? null,
    });
    if (version !== null) return;
  }
}
