import { join } from 'node:path';
import { startProgram } from './child-program.ts';
import { LineCounter, readLines } from './line-file.ts';

/** What the provider does to some requests instead of accepting and answering them. */
export interface ProviderRule {
  readonly does:
    | 'refuse'
    | 'wait for other rules'
    | 'hang before accept'
    | 'hang after accept'
    | 'reset after accept'
    | 'malformed answer';
  /** To how many requests: the first ones of each key, or the next ones of all. */
  readonly times: number;
  readonly per: 'key' | 'all';
  /** Only to messages of this channel. */
  readonly channel?: string;
  /** The status of a refusal. @default 503 */
  readonly status?: number;
  /** Seconds, for the header `Retry-After` of a refusal. */
  readonly retryAfter?: number;
}

/** How the provider works. */
export interface ProviderSettings {
  /** The file of its ledger. */
  readonly ledger: string;
  /** Whether a second request with a key gets the first one's answer, and nothing is accepted again. */
  readonly honoursKeys: boolean;
  /** Milliseconds before it decides: at least, at most. @default [0, 0] */
  readonly latency?: readonly [number, number];
  readonly rules?: readonly ProviderRule[];
  /** A fault that the checker must find. */
  readonly fault?: 'forgets keys' | 'forgets messages' | undefined;
}

/** What is sent. */
export interface ProviderMessage {
  readonly n: number;
  readonly channel: string;
}

/** What the ledger notes. `hung`: left without an answer, and not accepted. */
const ENTRIES = ['accepted', 'repeated', 'refused', 'hung'] as const;

/** A line of the ledger. */
export interface LedgerEntry {
  /** `repeated`: a key that was known; answered as the first time, not accepted again. */
  readonly what: (typeof ENTRIES)[number];
  readonly key: string;
  readonly n: number;
  readonly channel: string;
}

/** A provider that runs. */
export interface Provider {
  readonly url: string;
  /** How many messages it accepted so far. Cheap: reads only what is new. */
  accepted(): number;
  /** How many requests came in so far, whatever became of them. */
  received(): Promise<number>;
  /** How many requests it left hanging before it accepted so far. */
  hung(): number;
  /** Replaces its rules. */
  follow(rules: readonly ProviderRule[]): Promise<void>;
  ledger(): readonly LedgerEntry[];
  stop(): Promise<void>;
}

/** Starts a provider that keeps its ledger in a folder. */
export async function startProvider(
  folder: string,
  settings: Omit<ProviderSettings, 'ledger'>,
): Promise<Provider> {
  const ledger = join(folder, 'provider.ledger');
  const program = startProgram('./provider-sim.ts', { ...settings, ledger }, join(folder, 'provider.log'));
  const { port } = (await program.ready) as { readonly port: number };
  const url = `http://127.0.0.1:${port}`;
  const accepted = new LineCounter(ledger, ([what]) => what === 'accepted');
  const hung = new LineCounter(ledger, ([what]) => what === 'hung');
  return {
    url,
    accepted: () => accepted.read(),
    received: async () => ((await (await fetch(url)).json()) as { readonly received: number }).received,
    hung: () => hung.read(),
    follow: async (rules) => void (await fetch(url, { method: 'PUT', body: JSON.stringify(rules) })),
    ledger: () => readLines(ledger).map(toEntry),
    async stop() {
      program.process.kill('SIGKILL');
      await program.exited;
    },
  };
}

function toEntry([what = '', key = '', n = '', channel = '']: readonly string[]): LedgerEntry {
  const known = ENTRIES.find((entry) => entry === what);
  if (known === undefined) throw new Error(`The ledger has a line that nobody knows: ${what}`);
  return { what: known, key, n: Number(n), channel };
}
