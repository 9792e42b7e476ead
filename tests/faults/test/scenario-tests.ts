import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, type BackendServer, startServerOf } from '../harness/backends.ts';
import { SCENARIOS } from '../scenarios/index.ts';
import { reasonMissing } from './missing-servers.ts';

/** Fixed, so that CI meets the same schedules every time; the soak takes any. */
const SEED = 20_261_125;

/** Runs each scenario of a backend in its small size. They run side by side: most of their time is waiting for leases. */
export function testScenariosOn(backend: Backend): void {
  const reason = reasonMissing(backend);
  const title = reason === null ? backend : `${backend} (skipped: ${reason})`;
  describe.skipIf(reason !== null).concurrent(title, () => {
    let server: BackendServer | null = null;
    beforeAll(async () => {
      server = await startServerOf(backend);
    });
    afterAll(async () => {
      await server?.stop();
    });

    const scenarios = SCENARIOS.filter(
      ({ backends, scales }) => backends.includes(backend) && scales.includes('ci'),
    );
    it.each(scenarios.map((scenario) => [`${scenario.row}: ${scenario.name}`, scenario] as const))(
      '%s',
      async (_, scenario) => {
        const { broken } = await scenario.run({ backend, server, seed: SEED }, 'ci');
        expect(broken).toEqual([]);
      },
    );
  });
}
