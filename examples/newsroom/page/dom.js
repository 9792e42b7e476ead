export function find(id) {
  return document.getElementById(id);
}

/** An element. What it is told becomes text, never markup. */
export function element(name, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A button that cannot be clicked again before what it does is done. */
export function button(label, onClick, attributes = {}) {
  const made = element('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', async () => {
    if (made.ariaBusy === 'true') return;
    made.ariaBusy = 'true';
    await onClick();
    made.ariaBusy = null;
  });
  return made;
}

/** Shows data as items of a list: anew only where it changed, so that nothing is taken from under a click, and without taking the focus away. */
export function redraw(list, data, toItems) {
  const text = JSON.stringify(data);
  if (list.dataset.shown === text) return;
  list.dataset.shown = text;
  const focused = document.activeElement?.id;
  list.replaceChildren(...toItems(data));
  if (focused) find(focused)?.focus({ preventScroll: true });
}

export function time(moment) {
  const date = new Date(moment);
  return element(
    'time',
    { dateTime: date.toISOString(), title: date.toLocaleString() },
    date.toLocaleTimeString(),
  );
}

export function say(where, message) {
  where.textContent = message ?? '';
  where.hidden = !message;
}
