import type { Me } from '../api-types.ts';
import { jsonResponse } from '../http/json.ts';
import type { Call } from '../route.ts';

/** Who is asking, what they may do, and what the queue can do. */
export async function getMe({ principal, services }: Call): Promise<Response> {
  const capabilities = services.queue.adapter?.capabilities;
  const me: Me = {
    principal: { id: principal.id, name: principal.name, role: principal.role },
    permissions: [...principal.permissions],
    readOnly: principal.isReadOnly,
    environment: services.environment,
    version: services.version,
    features: {
      cancelRunning: capabilities?.cancelRunning ?? true,
      jobFilters: [...(capabilities?.filters ?? [])],
    },
  };
  return jsonResponse(me);
}
