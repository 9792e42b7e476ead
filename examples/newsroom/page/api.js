/** An answer that says no. */
class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function get(path) {
  return ask(path, {});
}

export function post(path, body = {}) {
  return ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function ask(path, options) {
  const response = await fetch(`api/${path}`, options).catch(() => {
    throw new Refusal(0, 'The newsroom does not answer.');
  });
  const answer = await response.json();
  if (!response.ok) throw new Refusal(response.status, answer.error.message);
  return answer;
}
