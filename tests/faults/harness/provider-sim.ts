/**
 * A provider to send through: an HTTP server on loopback, a process of its own, with a ledger on disk that says what it took. A message counts as accepted
 * once its line is fsynced; only then may an answer go out. Started by `startProvider`.
 */
import { fdatasync, openSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readSettings, sayReady } from './child-program.ts';
import { readLines } from './line-file.ts';
import type { ProviderMessage, ProviderRule, ProviderSettings } from './provider.ts';

const settings = readSettings<ProviderSettings>();
let rules = settings.rules ?? [];
let received = 0;
/** Lets those go on that wait for other rules. */
let rulesChanged: () => void = () => undefined;
let otherRules = nextRules();

/** How often a rule applied, by rule and key. */
const applied = new Map<ProviderRule, Map<string, number>>();

class Ledger {
  readonly #file = openSync(settings.ledger, 'a');
  readonly #fsync = promisify(fdatasync);
  #lines: string[] = [];
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  /** Resolves when the line is on disk. Lines that come while others are written go together. */
  append(...words: readonly (string | number)[]): Promise<void> {
    this.#lines.push(`${words.join(' ')}\n`);
    this.#next ??= this.#last.then(() => this.#flush());
    return this.#next;
  }

  #flush(): Promise<void> {
    const text = this.#lines.join('');
    this.#lines = [];
    this.#next = null;
    writeSync(this.#file, text);
    this.#last = this.#fsync(this.#file);
    return this.#last;
  }
}

const ledger = new Ledger();
/** The message id that each key got. */
const taken = new Map<string, string>();
for (const [what, key = '', , , id = ''] of readLines(settings.ledger))
  if (what === 'accepted') taken.set(key, id);

const server = createServer((request, response) => void answer(request, response));
server.listen(0, '127.0.0.1', () => sayReady(server.address()));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET') {
    response.end(JSON.stringify({ received }));
    return;
  }
  if (request.method === 'PUT') {
    rules = (await json(request)) as readonly ProviderRule[];
    rulesChanged();
    otherRules = nextRules();
    response.end();
    return;
  }
  const message = (await json(request)) as ProviderMessage;
  received += 1;
  const key = String(request.headers['idempotency-key']);
  const rule = ruleFor(key, message);
  const [least, most] = settings.latency ?? [0, 0];
  if (most > 0) await wait(least + Math.random() * (most - least));
  if (rule?.does === 'wait for other rules') await otherRules;
  if (rule?.does === 'hang before accept') return ledger.append('hung', key, message.n, message.channel);
  if (rule?.does === 'refuse') return refuse(key, message, rule, response);
  const id = await accept(key, message);
  if (rule?.does === 'hang after accept') return;
  if (rule?.does === 'reset after accept') request.socket.resetAndDestroy();
  else if (rule?.does === 'malformed answer') response.end('{"id":');
  else response.end(JSON.stringify({ id }));
}

function nextRules(): Promise<void> {
  return new Promise((resolve) => {
    rulesChanged = resolve;
  });
}

function ruleFor(key: string, { channel }: ProviderMessage): ProviderRule | undefined {
  return rules.find((rule) => {
    if (rule.channel !== undefined && rule.channel !== channel) return false;
    const counts = applied.get(rule) ?? new Map<string, number>();
    const who = rule.per === 'key' ? key : '';
    const count = counts.get(who) ?? 0;
    if (count >= rule.times) return false;
    counts.set(who, count + 1);
    applied.set(rule, counts);
    return true;
  });
}

async function refuse(
  key: string,
  { n, channel }: ProviderMessage,
  { status = 503, retryAfter }: ProviderRule,
  response: ServerResponse,
): Promise<void> {
  await ledger.append('refused', key, n, channel);
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
  response.writeHead(status);
  response.end();
}

async function accept(key: string, { n, channel }: ProviderMessage): Promise<string> {
  const first = taken.get(key);
  if (first !== undefined && settings.honoursKeys && settings.fault !== 'forgets keys') {
    await ledger.append('repeated', key, n, channel);
    return first;
  }
  const id = `message-${taken.size + 1}`;
  taken.set(key, id);
  const isForgotten = settings.fault === 'forgets messages' && n % 10 === 0;
  if (!isForgotten) await ledger.append('accepted', key, n, channel, id);
  return id;
}
