import type { Health } from '../api-types.ts';
import { jsonResponse } from '../http/json.ts';
import type { CheckedCall } from '../route.ts';
import type { DashboardServices } from '../services.ts';

/** That the dashboard answers; with `deep=1` also whether queue and log do, as HTTP status 503 when one does not. */
export async function getHealth({
  services,
  query,
}: CheckedCall<unknown, { deep: '0' | '1' }>): Promise<Response> {
  const basics = { timestamp: new Date(services.clock.now()).toISOString(), version: services.version };
  if (query.deep === '0') return jsonResponse({ status: 'ok', ...basics } satisfies Health);
  const [queue, storage] = await Promise.all([
    probe(services, () => services.queue.getStats()),
    probe(services, () => services.storage.getStats()),
  ]);
  const isOk = queue.status === 'ok' && storage.status === 'ok';
  const health: Health = { status: isOk ? 'ok' : 'degraded', ...basics, queue, storage };
  return jsonResponse(health, isOk ? 200 : 503);
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
