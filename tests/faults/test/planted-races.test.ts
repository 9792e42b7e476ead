import { describe, expect, it } from 'vitest';
import { raceCancels } from '../scenarios/cancel-race.ts';
import { racePauses } from '../scenarios/pause-race.ts';
import { runFlooded } from '../scenarios/tenant-flood.ts';

const PLACE = { backend: 'sqlite', server: null, seed: 1 } as const;

describe('a race of real processes', { concurrent: true }, () => {
  it('fails when a process never hears of cancels', async () => {
    const { broken } = await raceCancels(PLACE, 100, 'hears no cancels', 1_000);
    expect(broken.join('\n')).toMatch(/^\d+ handlers of cancelled jobs were not told$/m);
  });

  it('fails when a process announces an end that the queue refused', async () => {
    const { broken } = await raceCancels(PLACE, 300, 'takes all for stored', 1_000);
    expect(broken.join('\n')).toMatch(/^\d+ jobs ended in another way than was said$/m);
  });

  it('fails when a process starts jobs of a queue that pauses', async () => {
    const { broken } = await racePauses(PLACE, 2, 'knows no pauses');
    expect(broken.join('\n')).toMatch(/^\d+ starts after another process had to know of the pause$/m);
  });

  it("fails when a tenant's job has to wait for those of another", async () => {
    const { broken } = await runFlooded(PLACE, { flood: 1_000, resets: 1, within: 200 }, false);
    expect(broken.join('\n')).toMatch(/^\d{3,} starts before that of another tenant's/);
  });
});
