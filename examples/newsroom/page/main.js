import { get, post } from './api.js';
import { showDeadLetters, watchDeadLetterButtons } from './dead-letters.js';
import { find, say } from './dom.js';
import { listen, showAudit } from './feed.js';
import { showQueues } from './queues.js';

/** Milliseconds between two looks at queues and dead letters, however much happens. */
const LEAST_PAUSE = 500;

let stopListening = () => undefined;
let isLooking = false;
let hasNews = false;

/** Does something an owner asked for, says so if it was refused, and shows what came of it. */
async function act(action) {
  say(find('notice'), null);
  try {
    await action();
  } catch (error) {
    refused(error);
  }
  void look();
}

function refused(error) {
  if (error.status === 401) return showSignIn();
  say(find('notice'), error.message);
}

/** Looks at everything; once more, when something happened meanwhile. */
async function look() {
  hasNews = true;
  if (isLooking) return;
  isLooking = true;
  while (hasNews) {
    hasNews = false;
    try {
      await Promise.all([showQueues(act), showDeadLetters(act), showAudit()]);
    } catch (error) {
      refused(error);
    }
    await new Promise((resolve) => setTimeout(resolve, LEAST_PAUSE));
  }
  isLooking = false;
}

function showSignIn() {
  stopListening();
  for (const id of ['desk', 'owner', 'sign-out', 'connection']) find(id).hidden = true;
  find('sign-in').hidden = false;
  find('sign-in').querySelector('input').focus();
}

async function showDesk() {
  const { owner } = await get('me');
  find('sign-in').hidden = true;
  find('desk').hidden = false;
  find('sign-out').hidden = false;
  say(find('owner'), owner);
  stopListening = listen(look);
}

find('sign-in')
  .querySelector('form')
  .addEventListener('submit', async (event) => {
    event.preventDefault();
    const { currentTarget: form } = event;
    const problem = form.querySelector('.problem');
    try {
      await post('session', { token: new FormData(form).get('token') });
      form.reset();
      say(problem, null);
      await showDesk();
    } catch (error) {
      say(problem, error.message);
    }
  });

find('sign-out').addEventListener('click', async () => {
  await act(() => post('session/end'));
  showSignIn();
});

find('publish').addEventListener('submit', (event) => {
  event.preventDefault();
  const { title, topic } = Object.fromEntries(new FormData(event.currentTarget));
  const id = `article-${Date.now().toString(36)}`;
  void act(() => post('articles', { id, title, topic, languages: ['de', 'fr'] }));
});

find('fail').addEventListener('submit', (event) => {
  event.preventDefault();
  const { failures } = Object.fromEntries(new FormData(event.currentTarget));
  void act(() => post('receiver', { failures: Number(failures) }));
});

watchDeadLetterButtons(act);
showDesk().catch(showSignIn);
