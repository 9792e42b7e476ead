import { get, post } from './api.js';
import { confirm } from './dialog.js';
import { button, element, find, redraw } from './dom.js';

/** Shows how the queues stand. @param act - Does something an owner asked for, and tells them if it was refused. */
export async function showQueues(act) {
  const { queues } = await get('queues');
  redraw(find('queues'), queues, () => queues.map((queue) => card(queue, act)));
}

function card({ name, worker, isPaused, pausedUntil, stats }, act) {
  const waiting = stats.pending + stats.scheduled + stats.retrying;
  const control = (label, action, attributes = {}) => {
    const own = { id: `${label}-${name}`, ariaLabel: `${label} ${name}`, ...attributes };
    return button(label, () => act(action), own);
  };
  const until = pausedUntil === null ? '' : ` until ${new Date(pausedUntil).toLocaleTimeString()}`;
  return element(
    'li',
    {},
    element(
      'h3',
      { className: 'title' },
      name,
      element('small', {}, `in ${worker}`),
      isPaused ? element('span', { className: 'badge' }, `pauses${until}`) : null,
    ),
    numbers({ waiting, running: stats.processing, done: stats.completed, failed: stats.failed }),
    element(
      'div',
      { className: 'buttons' },
      isPaused
        ? control('Resume', () => post(`queues/${name}/resume`), { id: `pause-${name}` })
        : control('Pause', () => post(`queues/${name}/pause`), { id: `pause-${name}` }),
      control('Purge…', () => purge(name), { className: 'danger', disabled: waiting === 0 }),
    ),
  );
}

function numbers(counts) {
  const entries = Object.entries(counts).map(([label, count]) => {
    const className = label === 'failed' && count > 0 ? 'bad' : '';
    return element('div', {}, element('dt', {}, label), element('dd', { className }, String(count)));
  });
  return element('dl', { className: 'numbers' }, ...entries);
}

/** In two steps: the newsroom counts, the owner sees the number, and only then it is done. */
async function purge(name) {
  const { count, token } = await post(`queues/${name}/purge`);
  const isSure = await confirm({
    title: `Purge ${name}?`,
    text: `Jobs that wait, and then are gone for good: ${count}. What runs goes on.`,
    go: `Delete ${count}`,
  });
  if (isSure) await post(`queues/${name}/purge`, { token });
}
