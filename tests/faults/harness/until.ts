import { setTimeout as wait } from 'node:timers/promises';

/** How long a condition may take to come true, unless told otherwise: long enough for a busy machine, short enough to fail a run. Milliseconds. */
const DEADLINE = 60_000;
const LOOK_INTERVAL = 20;

/**
 * Looks again and again until there is something to see, and resolves with it.
 * @throws when `deadline` milliseconds have passed, saying what did not come true.
 */
export async function until<Seen>(
  what: string,
  look: () => Promise<Seen | false | null> | Seen | false | null,
  deadline: number = DEADLINE,
): Promise<Seen> {
  const giveUpAt = Date.now() + deadline;
  for (;;) {
    const seen = await look();
    if (seen !== false && seen !== null) return seen;
    if (Date.now() > giveUpAt) throw new Error(`${what}: not within ${deadline} ms`);
    await wait(LOOK_INTERVAL);
  }
}
