import { useEffect, useRef } from 'preact/hooks';
import type { JobStreamEvent, StreamEventName, StreamEvents } from '../../src/api-types.ts';
import { isResting } from './state/resting.ts';

/** A refresh follows the first event of a burst this many milliseconds later, so that a burst costs one request. */
const SETTLE_MS = 400;

/** The events of the stream that tell of a change. */
export const NEWS_NAMES = [
  'stats',
  'job.created',
  'job.scheduled',
  'job.started',
  'job.progress',
  'job.completed',
  'job.retrying',
  'job.failed',
  'job.cancelled',
  'job.released',
  'job.late',
  'job.deleted',
  'log.created',
  'log.updated',
] as const satisfies readonly StreamEventName[];
type NewsName = (typeof NEWS_NAMES)[number];

/** Something may have changed: an event of the stream; `poll` when it is time to ask; `resync` when events may have been missed. */
export type News =
  | { readonly name: 'poll' | 'resync' }
  | { [Name in NewsName]: { readonly name: Name; readonly data: StreamEvents[Name] } }[NewsName];

type Listener = (news: News) => void;

const listeners = new Set<Listener>();

/** Tells every screen. */
export function tellNews(news: News): void {
  for (const listener of [...listeners]) listener(news);
}

/** Calls back with everything that may have changed what is shown, while the component is on screen. */
export function useNews(listener: Listener): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const forward: Listener = (news) => latest.current(news);
    listeners.add(forward);
    return () => {
      listeners.delete(forward);
    };
  }, []);
}

/** Refreshes when news concerns the component, once for a burst. `poll` and `resync` concern everybody. */
export function useRefresh(concerns: (news: News) => boolean, refresh: () => void): void {
  const timer = useRef(0);
  useNews((news) => {
    const isForAll = news.name === 'poll' || news.name === 'resync';
    if (timer.current !== 0 || !(isForAll || concerns(news))) return;
    timer.current = window.setTimeout(() => {
      timer.current = 0;
      if (!isResting.peek()) refresh();
    }, SETTLE_MS);
  });
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = 0;
    },
    [],
  );
}

/** What the news says about a job; `null` when it is about something else. */
export function jobNews(news: News): JobStreamEvent | null {
  return 'data' in news && 'attempts' in news.data ? news.data : null;
}

/** Whether the news is about a job, or about the one with this id. */
export function isAboutJob(news: News, id?: string): boolean {
  const event = jobNews(news);
  return event !== null && (id === undefined || event.jobId === id);
}

/** Whether the news is about a row of the log, or about the one with this id. */
export function isAboutLog(news: News, id?: string): boolean {
  if (!('data' in news) || !('logId' in news.data)) return false;
  return id === undefined || news.data.logId === id;
}
