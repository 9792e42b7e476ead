import { once } from 'node:events';
import type { QueueManager, StreamedEvent, StreamGap } from '@townkrier/queue';
import { type RequestHandler, Router } from 'express';
import { sessionOf } from './access.ts';
import { Problem } from './problem.ts';

/** Milliseconds between signs of life, which keep proxies from closing a silent connection. */
const HEARTBEAT = 15_000;
const MAX_STREAMS = 50;

/** What happens to jobs in all processes, as server-sent events. A browser that lost the connection goes on after the last event it got: that is what `id` is for. */
export function liveRoutes(queue: QueueManager): Router {
  let open = 0;
  const stream: RequestHandler = async (request, response) => {
    if (open >= MAX_STREAMS) throw new Problem(503, 'TOO_MANY', 'Too many pages listen already.');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, sessionOf(request).over]);
    // Where a browser begins is told at once, so that it misses nothing if its connection breaks before the first event.
    const after = request.get('last-event-id') ?? (await queue.adapter.stream?.latest());
    const events = queue.events({ after, signal });
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(`id: ${after}\nevent: hello\ndata: {}\n\n`);
    const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT);
    open += 1;
    try {
      for await (const entry of events) {
        // A slow page is waited for, and what it has not read yet stays in the log.
        if (!response.write(format(entry))) await once(response, 'drain', { signal });
      }
    } catch {
      // The page is gone, or the backend is away: then it comes back with the last id it got.
    } finally {
      open -= 1;
      clearInterval(heartbeat);
      response.end();
    }
  };
  return Router().get('/', stream);
}

function format(entry: StreamedEvent | StreamGap): string {
  const data = entry.name === 'gap' ? {} : { ...entry.event, what: entry.name };
  return `id: ${entry.cursor}\nevent: ${entry.name === 'gap' ? 'gap' : 'job'}\ndata: ${JSON.stringify(data)}\n\n`;
}
