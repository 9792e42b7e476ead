import type { Channel, ChannelFactory } from './channel.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';
import type { ChannelName } from './notification-channel.ts';

/** A named channel, ready to be asked. */
export interface Provider {
  readonly name: string;
  readonly channel: Channel;
  readonly priority: number;
  /** `null` when circuits are switched off. */
  readonly circuit: CircuitBreaker | null;
}

/** A channel as the configuration of a manager describes it. */
export interface ChannelEntry {
  readonly name: string;
  readonly enabled: boolean;
  readonly priority: number;
  readonly config?: unknown;
}

/** The providers of one manager, by name and by the channel they carry. */
export class ChannelRegistry {
  readonly #entries: ReadonlyMap<string, ChannelEntry>;
  readonly #createCircuit: (provider: string) => CircuitBreaker | null;
  readonly #factories = new Set<string>();
  readonly #providers = new Map<string, Provider>();
  /** Sorted once; forgotten when anything changes. */
  readonly #byType = new Map<ChannelName, readonly Provider[]>();
  #defaultName: string | undefined;

  constructor(
    entries: readonly ChannelEntry[],
    defaultName: string | undefined,
    createCircuit: (provider: string) => CircuitBreaker | null,
  ) {
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.#defaultName = defaultName;
    this.#createCircuit = createCircuit;
  }

  /** Builds the channel of the configuration's entry of that name, unless it is disabled or absent. Errors of the factory pass through. */
  registerFactory<Config>(name: string, factory: ChannelFactory<Config>): void {
    if (this.#factories.has(name)) throw taken(`A factory named "${name}" is registered already.`);
    const entry = this.#entries.get(name);
    // Only the factory knows what its configuration looks like, and it checks it: that is its contract.
    if (entry?.enabled === true) this.register(name, factory((entry.config ?? {}) as Config), entry.priority);
    this.#factories.add(name);
  }

  register(name: string, channel: Channel, priority: number): void {
    if (this.#providers.has(name))
      throw taken(`A channel named "${name}" is registered already; remove it first.`);
    this.#providers.set(name, { name, channel, priority, circuit: this.#createCircuit(name) });
    this.#byType.clear();
  }

  /** The provider that was there, or `null`. Its factory is forgotten too. */
  remove(name: string): Provider | null {
    const provider = this.#providers.get(name) ?? null;
    this.#providers.delete(name);
    this.#factories.delete(name);
    this.#byType.clear();
    return provider;
  }

  find(name: string): Provider | null {
    return this.#providers.get(name) ?? null;
  }

  /** In the order they were registered. */
  get all(): readonly Provider[] {
    return [...this.#providers.values()];
  }

  get defaultName(): string | undefined {
    return this.#defaultName;
  }

  set defaultName(name: string | undefined) {
    this.#defaultName = name;
    this.#byType.clear();
  }

  /** Those that carry a channel, the one to ask first in front: the default, then by priority (higher first), then as configured or registered. */
  providersOf(type: ChannelName): readonly Provider[] {
    let providers = this.#byType.get(type);
    if (providers === undefined) {
      providers = this.#inOrder().filter(({ channel }) => channel.type === type);
      this.#byType.set(type, providers);
    }
    return providers;
  }

  #inOrder(): Provider[] {
    const configured = [...this.#entries.keys()];
    const place = ({ name }: Provider): number => {
      const index = configured.indexOf(name);
      return index === -1 ? configured.length : index;
    };
    const rank = ({ name }: Provider): number => (name === this.#defaultName ? 0 : 1);
    return this.all.toSorted(
      (one, other) => rank(one) - rank(other) || other.priority - one.priority || place(one) - place(other),
    );
  }

  /** For when nobody carries a channel: says what is there, and what is not and why. */
  unknownChannel(what: string): TownKrierError {
    const there = this.all.map(({ name, channel }) => `${name} (${channel.type})`);
    const missing = [...this.#entries.values()]
      .filter(({ name }) => !this.#providers.has(name))
      .map(({ name, enabled }) => `${name} (${enabled ? 'no factory is registered for it' : 'disabled'})`);
    const configured = missing.length === 0 ? '' : ` Configured but not registered: ${missing.join(', ')}.`;
    return new TownKrierError(
      `${what} Registered: ${there.join(', ') || 'none'}.${configured} Names are case-sensitive; use registerFactory() or registerChannel().`,
      { code: CoreErrorCode.CHANNEL_UNKNOWN },
    );
  }
}

/** Whether a channel can send now; one that cannot even say so cannot. */
export function isReady(channel: Channel): boolean {
  try {
    return channel.isReady?.() ?? true;
  } catch {
    return false;
  }
}

function taken(message: string): TownKrierError {
  return new TownKrierError(message, { code: CoreErrorCode.CONFIG_INVALID });
}
