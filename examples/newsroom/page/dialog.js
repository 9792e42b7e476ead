import { find, say } from './dom.js';

const dialog = find('dialog');
const form = dialog.querySelector('form');
const problem = dialog.querySelector('.problem');

/** Asks a question; resolves with whether the answer was yes. */
export function confirm({ title, text, go }) {
  return open({ title, text, go, payload: null });
}

/** Lets JSON be edited; resolves with what was made of it, or `null`. */
export async function edit({ title, text, go, payload }) {
  const isDone = await open({ title, text, go, payload });
  return isDone ? JSON.parse(form.payload.value) : null;
}

function open({ title, text, go, payload }) {
  find('dialog-title').textContent = title;
  find('dialog-text').textContent = text;
  find('dialog-go').textContent = go;
  find('dialog-edit').hidden = payload === null;
  form.payload.value = payload === null ? '' : JSON.stringify(payload, null, 2);
  say(problem, null);
  dialog.returnValue = 'no';
  const asked = document.activeElement?.id;
  dialog.showModal();
  return new Promise((resolve) => {
    const answer = () => {
      // What was clicked may have been drawn anew meanwhile.
      if (asked) find(asked)?.focus();
      resolve(dialog.returnValue === 'go');
    };
    dialog.addEventListener('close', answer, { once: true });
  });
}

form.addEventListener('submit', (event) => {
  if (event.submitter?.value !== 'go' || find('dialog-edit').hidden) return;
  try {
    JSON.parse(form.payload.value);
  } catch (error) {
    event.preventDefault();
    say(problem, error.message);
  }
});
