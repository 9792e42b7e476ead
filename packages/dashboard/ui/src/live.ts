import { computed, effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { NEWS_NAMES, type News, tellNews } from './news.ts';
import { toPath } from './router/base.ts';
import { reachable } from './state/reachable.ts';
import { hidden, isResting, paused } from './state/resting.ts';

/** How often screens ask again while there is no stream, in milliseconds. */
const POLL_MS = 5000;
/** How often a stream is looked after, and one that ended is tried again; milliseconds. */
const WATCH_MS = 20_000;
/** A stream that says nothing for this long is taken for dead: the server pings every 15 s. */
const SILENCE_MS = 40_000;

/** How fresh the page is. */
export type LiveState = 'connecting' | 'live' | 'polling' | 'paused' | 'offline';

/** When the server was last heard of through the stream, in milliseconds since the epoch; 0 before. */
export const lastHeardAt = signal(0);

const stream = signal<'connecting' | 'open' | 'broken'>('connecting');
const streamTry = signal(0);

/** How fresh the page is, for the indicator. */
export const liveState = computed<LiveState>(() => {
  if (paused.value) return 'paused';
  if (!reachable.value) return 'offline';
  if (stream.value === 'open') return 'live';
  return stream.value === 'broken' ? 'polling' : 'connecting';
});

/** Stops the updates, or starts them again. */
export function togglePaused(): void {
  paused.value = !paused.value;
}

/**
 * Keeps the page fresh: one event stream while it works, asking every 5 s while it does not, and neither while the reader paused or nobody sees
 * the tab. Call it once.
 */
export function startLive(): void {
  document.addEventListener('visibilitychange', () => {
    hidden.value = document.hidden;
  });
  addEventListener('online', reopen);
  const needsPolling = computed(() => !isResting.value && !(stream.value === 'open' && reachable.value));
  effect(() => {
    streamTry.value;
    return isResting.value ? undefined : openStream();
  });
  effect(() => {
    if (!needsPolling.value) return;
    const timer = setInterval(() => tellNews({ name: 'poll' }), POLL_MS);
    return () => clearInterval(timer);
  });
}

function reopen(): void {
  streamTry.value += 1;
}

/** Opens a stream; returns its end. The browser reconnects by itself, with the id it heard last, unless the server refused. */
function openStream(): () => void {
  const source = new EventSource(toPath('api/stream'));
  let heardAt = Date.now();
  let isFirst = true;
  const hear = (): void => {
    heardAt = Date.now();
    lastHeardAt.value = heardAt;
  };
  source.addEventListener('hello', () => {
    hear();
    reachable.value = true;
    stream.value = 'open';
    // Nobody tells a new stream what happened before it.
    if (isFirst) tellNews({ name: 'resync' });
    isFirst = false;
  });
  source.addEventListener('ping', hear);
  source.addEventListener('resync', () => tellNews({ name: 'resync' }));
  source.addEventListener('error', () => {
    stream.value = 'broken';
  });
  for (const name of NEWS_NAMES) {
    source.addEventListener(name, (message: MessageEvent<string>) => {
      hear();
      // Our own server wrote it, in the shape `StreamEvents` gives for this name.
      tellNews({ name, data: JSON.parse(message.data) } as News);
    });
  }
  const watch = setInterval(() => {
    if (source.readyState === EventSource.CLOSED || Date.now() - heardAt > SILENCE_MS) reopen();
  }, WATCH_MS);
  return () => {
    clearInterval(watch);
    source.close();
    if (stream.peek() === 'open') stream.value = 'connecting';
  };
}

/** Calls back every so many milliseconds while the component is on screen, but for the time the page rests. For what the stream does not tell. */
export function useEvery(ms: number, callback: () => void): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (!isResting.peek()) callback();
    }, ms);
    return () => clearInterval(timer);
  }, [ms, callback]);
}
