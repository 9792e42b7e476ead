import type { z } from 'zod';
import type { Health } from '../api-types.ts';
import { jsonResponse } from '../http/json.ts';
import { failoverSchema } from '../responses.ts';
import type { CheckedCall } from '../route.ts';
import type { DashboardServices } from '../services.ts';

type Failover = z.infer<typeof failoverSchema>;

/** That the dashboard answers; with `deep=1` also whether queue and log do, as HTTP status 503 when one does not. */
export async function getHealth({
  services,
  query,
}: CheckedCall<unknown, { deep: '0' | '1' }>): Promise<Response> {
  const basics = { timestamp: new Date(services.clock.now()).toISOString(), version: services.version };
  if (query.deep === '0') return jsonResponse({ status: 'ok', ...basics } satisfies Health);
  const [asked, storage, failover] = await Promise.all([
    probe(services, () => services.queue.getStats()),
    probe(services, () => services.storage.getStats()),
    findFailover(services),
  ]);
  const queue = failover === undefined ? asked : { ...asked, failover };
  const isOk = queue.status === 'ok' && storage.status === 'ok';
  const health: Health = { status: isOk ? 'ok' : 'degraded', ...basics, queue, storage };
  return jsonResponse(health, isOk ? 200 : 503);
}

/** Which side of the queue is in use; nothing where there is only one, or the adapter's `health` tells something else. */
async function findFailover({ queue }: DashboardServices): Promise<Failover | undefined> {
  const told = await queue.adapter?.health?.().catch(() => undefined);
  return failoverSchema.safeParse(told).data;
}

async function probe(
  { clock }: DashboardServices,
  ask: () => Promise<unknown>,
): Promise<{ status: 'ok' | 'down'; latencyMs: number }> {
  const askedAt = clock.now();
  const status = await ask().then(
    () => 'ok' as const,
    () => 'down' as const,
  );
  return { status, latencyMs: Math.max(0, clock.now() - askedAt) };
}
