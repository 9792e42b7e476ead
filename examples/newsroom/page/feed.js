import { get } from './api.js';
import { element, find, say, time } from './dom.js';

const MAX_LINES = 20;
/** Milliseconds before a connection that was refused is tried anew. */
const RECONNECT_DELAY = 3_000;

/**
 * Listens to what happens in all processes of the newsroom. The browser connects again by itself, and goes on after the last event it got.
 *
 * @param onChange - Called for each event, and when some may have been missed.
 * @returns the end of it.
 */
export function listen(onChange) {
  const source = new EventSource('api/live');
  let again;
  source.addEventListener('hello', () => {
    showConnection(true);
    onChange();
  });
  source.addEventListener('job', ({ data }) => {
    showEvent(JSON.parse(data));
    onChange();
  });
  source.addEventListener('gap', onChange);
  source.addEventListener('error', () => {
    showConnection(false);
    onChange();
    // Unlike one that broke, a connection that was refused is given up by the browser.
    if (source.readyState !== EventSource.CLOSED) return;
    const retry = setTimeout(() => {
      again = listen(onChange);
    }, RECONNECT_DELAY);
    again = () => clearTimeout(retry);
  });
  return () => {
    source.close();
    again?.();
  };
}

/** Shows what owners did last. */
export async function showAudit() {
  const { entries } = await get('audit');
  const lines = entries
    .filter(({ outcome }) => outcome !== 'requested')
    .map(({ at, actor, action, target, outcome }) =>
      element(
        'li',
        {},
        time(at),
        element(
          'span',
          {},
          `${actor}: ${action} ${target.kind === 'queue' ? target.id : `in ${target.queue}`}, `,
          element('b', { className: outcome }, outcome),
        ),
      ),
    );
  find('audit').replaceChildren(...lines);
}

function showEvent({ at, what, type, queue, percent, reason }) {
  const [, happened] = what.split(':');
  const more = [percent === undefined ? null : `${Math.round(percent)} %`, reason].filter(Boolean).join(' ');
  const line = element(
    'li',
    {},
    time(at),
    element('span', {}, `${type} `, element('b', { className: happened }, happened), more && ` ${more}`),
  );
  line.title = `in ${queue}`;
  const feed = find('feed');
  feed.prepend(line);
  while (feed.children.length > MAX_LINES) feed.lastChild.remove();
}

function showConnection(isLive) {
  const connection = find('connection');
  connection.classList.toggle('live', isLive);
  say(connection, isLive ? 'Live' : 'Connecting again …');
  if (isLive) say(find('notice'), null);
}
