import { get, post } from './api.js';
import { confirm, edit } from './dialog.js';
import { button, element, find, redraw, time } from './dom.js';

/** Shows the newest dead letters. Those that are open stay open. */
export async function showDeadLetters(act) {
  const { deadLetters, total, maxReplays } = await get('dead-letters');
  const list = find('letters');
  const open = new Set([...list.querySelectorAll('details[open]')].map(({ id }) => id));
  redraw(list, deadLetters, () =>
    deadLetters.length === 0
      ? [nothing()]
      : deadLetters.map((letter) => item({ ...letter, maxReplays }, open, act)),
  );
  find('letters-count').textContent = String(total);
  find('replay-all').disabled = !deadLetters.some(({ isReplayable }) => isReplayable);
  find('clear').disabled = total === 0;
}

/** Gives the buttons for all of them something to do. */
export function watchDeadLetterButtons(act) {
  find('replay-all').addEventListener('click', () => act(() => post('dead-letters/replay')));
  find('clear').addEventListener('click', () => act(clear));
}

function item(letter, open, act) {
  const { jobId, type, queue, error, attempts, replays, maxReplays, isReplayable, failedAt, payload } =
    letter;
  const control = (label, action, attributes = {}) =>
    button(label, () => act(action), {
      id: `${label}-${jobId}`,
      ariaLabel: `${label} ${type}`,
      ...attributes,
    });
  const details = element(
    'details',
    { id: `letter-${jobId}` },
    element('summary', {}, 'Payload and stack'),
    element('pre', {}, `${JSON.stringify(payload, null, 2)}\n\n${error?.stack ?? ''}`),
  );
  details.open = open.has(details.id);
  return element(
    'li',
    {},
    element('h3', { className: 'title' }, type),
    element('p', { className: 'message' }, error?.message ?? 'No reason is kept.'),
    element(
      'p',
      { className: 'facts' },
      `queue ${queue} · tries ${attempts} · replays ${replays} of ${maxReplays} · `,
      failedAt === null ? '' : time(failedAt),
    ),
    details,
    element(
      'div',
      { className: 'buttons' },
      control('Replay', () => post(`dead-letters/${jobId}/replay`), { disabled: !isReplayable }),
      control('Edit…', () => editAndReplay(letter), { disabled: !isReplayable }),
      control('Delete…', () => remove(letter), { className: 'danger' }),
    ),
  );
}

function nothing() {
  return element('li', { className: 'empty' }, 'Nothing failed for good.');
}

async function editAndReplay({ jobId, type, payload }) {
  const text = 'It is checked before anything changes, and runs with it at once.';
  const mended = await edit({ title: `Edit ${type}`, text, go: 'Replay with this', payload });
  if (mended !== null) await post(`dead-letters/${jobId}/replay`, { payload: mended });
}

async function remove({ jobId, type }) {
  const text = 'It is forgotten and cannot be replayed.';
  if (await confirm({ title: `Delete ${type}?`, text, go: 'Delete it' }))
    await post(`dead-letters/${jobId}/delete`);
}

/** In two steps: what failed after it was counted stays. */
async function clear() {
  const { count, token } = await post('dead-letters/clear');
  const text = `Dead letters that are forgotten for good: ${count}. Those that come meanwhile stay.`;
  if (await confirm({ title: 'Clear dead letters?', text, go: `Delete ${count}` }))
    await post('dead-letters/clear', { token });
}
