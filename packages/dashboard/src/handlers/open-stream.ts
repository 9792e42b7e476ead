import type { z } from 'zod';
import type { AdmittedPrincipal, Permission } from '../access/permissions.ts';
import { forbidden } from '../http/errors.ts';
import { TOPICS, type Topic } from '../live/event-hub.ts';
import type { streamQuery } from '../queries.ts';
import type { CheckedCall } from '../route.ts';

/** What one must be allowed to hear of each topic. */
const TOPIC_PERMISSIONS: Readonly<Record<Topic, Permission>> = {
  stats: 'stats:read',
  jobs: 'jobs:read',
  logs: 'logs:read',
};

/** Opens an event stream on the topics asked for that the principal may read. */
export async function openStream(
  call: CheckedCall<unknown, z.output<typeof streamQuery>>,
): Promise<Response> {
  const { query, principal, services, request, readmit } = call;
  const readable = readableTopics(principal);
  const topics = new Set((query.topics ?? TOPICS).filter((topic) => readable.has(topic)));
  if (topics.size === 0) throw forbidden('None of these topics may be read.');
  return services.streams.open(principal.id, {
    topics,
    jobId: query.job,
    lastEventId: request.headers.get('last-event-id') ?? query.lastEventId,
    recheck: async () => {
      const topicsNow = readableTopics(await readmit());
      return topicsNow.size === 0 ? null : topicsNow;
    },
  });
}

function readableTopics({ permissions }: AdmittedPrincipal): ReadonlySet<Topic> {
  return new Set(TOPICS.filter((topic) => permissions.has(TOPIC_PERMISSIONS[topic])));
}
