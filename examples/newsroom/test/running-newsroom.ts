import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { z } from 'zod';

const PROGRAM = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const TOKENS = { ada: 'a-token-that-only-ada-knows', grace: 'a-token-that-only-grace-knows' };
const OWNERS = Object.entries(TOKENS)
  .map(([name, token]) => `${name}:${token}`)
  .join(',');

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

const answerSchema = z.object({
  deadLetters: z.array(
    z.object({
      jobId: z.string(),
      type: z.string(),
      attempts: z.number(),
      replays: z.number(),
      isReplayable: z.boolean(),
      error: z.object({ message: z.string() }),
    }),
  ),
});
type DeadLetter = z.output<typeof answerSchema>['deadLetters'][number];

/** Somebody who talks to the newsroom. */
export class Visitor {
  readonly #url: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(url: string, token?: string) {
    this.#url = `${url}/api`;
    this.headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  async get(path: string): Promise<Answer> {
    return toAnswer(await fetch(`${this.#url}${path}`, { headers: this.headers }));
  }

  async post(path: string, body: unknown = {}, type = 'application/json'): Promise<Answer> {
    const headers = { ...this.headers, 'content-type': type };
    return toAnswer(
      await fetch(`${this.#url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
    );
  }

  /** The dead letters, once there are so many. */
  async deadLetters(count: number): Promise<readonly DeadLetter[]> {
    const read = async () => answerSchema.parse((await this.get('/dead-letters')).body).deadLetters;
    await expect.poll(read, { timeout: 20_000 }).toHaveLength(count);
    return read();
  }
}

async function toAnswer(response: Response): Promise<Answer> {
  const body = z.record(z.string(), z.unknown()).parse(await response.json());
  return { status: response.status, headers: response.headers, body };
}

/** A newsroom with its processes, in a folder of its own. */
export class RunningNewsroom {
  readonly url: string;
  /** The processes that work. */
  readonly workers: Readonly<Record<'press' | 'post', number>>;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #ended: Promise<unknown[]>;

  private constructor(child: ChildProcess, folder: string, printed: string) {
    this.#child = child;
    this.#folder = folder;
    this.#ended = once(child, 'close');
    const { url, press, post } =
      /(?<url>http:\S+)\nWorkers: press (?<press>\d+), post (?<post>\d+)/.exec(printed)?.groups ?? {};
    if (url === undefined) throw new Error(`The newsroom did not start:\n${printed}`);
    this.url = url;
    this.workers = { press: Number(press), post: Number(post) };
  }

  /** @param environment - Beside what every one is given: a free port, and two owners. */
  static async start(environment: NodeJS.ProcessEnv = {}): Promise<RunningNewsroom> {
    const folder = mkdtempSync(join(tmpdir(), 'townkrier-newsroom-'));
    const given = { PORT: '0', DATA_FOLDER: folder, OWNERS, RETRY_DELAY: '10', ...environment };
    const child = spawn(process.execPath, [PROGRAM], { env: { ...process.env, ...given } });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (printed += String(chunk)));
    const ended = once(child, 'exit').then(() => true);
    while (!printed.includes('Ctrl-C')) {
      if (await Promise.race([ended, once(child.stdout, 'data').then(() => false)])) break;
    }
    return new RunningNewsroom(child, folder, printed);
  }

  owner(name: keyof typeof TOKENS): Visitor {
    return new Visitor(this.url, TOKENS[name]);
  }

  stranger(token?: string): Visitor {
    return new Visitor(this.url, token);
  }

  tokenOf(name: keyof typeof TOKENS): string {
    return TOKENS[name];
  }

  /** @returns the exit code; `null` when it was killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    await this.#ended;
    return this.#child.exitCode;
  }

  async discard(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
