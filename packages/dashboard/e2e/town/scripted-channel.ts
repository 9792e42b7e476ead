import {
  type Channel,
  type ChannelName,
  type ChannelReceipt,
  type ChannelRequest,
  type Clock,
  PermanentError,
  TransientError,
} from '@townkrier/core';

/** What a scripted provider does with one request. */
export interface ScriptedAnswer {
  /** Milliseconds of the town's clock. */
  readonly latency: number;
  readonly outcome: 'accepted' | 'delivered' | 'transient' | 'permanent';
  /** With `transient` and `permanent`: what the provider says. */
  readonly message?: string;
}

/** Decides by the request. */
export type Script = (request: ChannelRequest<unknown, string>) => ScriptedAnswer;

/** A provider that answers as told, after the time told. */
export class ScriptedChannel implements Channel<unknown, string> {
  readonly type: ChannelName;
  readonly honoursIdempotencyKey = true;
  readonly #provider: string;
  readonly #clock: Clock;
  readonly #script: Script;
  #messages = 0;

  constructor(options: { type: ChannelName; provider: string; clock: Clock; script: Script }) {
    this.type = options.type;
    this.#provider = options.provider;
    this.#clock = options.clock;
    this.#script = options.script;
  }

  parseAddress(address: unknown): string {
    return typeof address === 'string' ? address : JSON.stringify(address);
  }

  parseMessage(message: unknown): unknown {
    return message;
  }

  async send(request: ChannelRequest<unknown, string>): Promise<ChannelReceipt> {
    const { latency, outcome, message = 'refused' } = this.#script(request);
    await new Promise<void>((resolve) => this.#clock.schedule(resolve, latency));
    const options = { provider: this.#provider };
    if (outcome === 'transient') throw new TransientError(message, options);
    if (outcome === 'permanent') throw new PermanentError(message, options);
    this.#messages += 1;
    return { messageId: `${this.#provider}-${String(this.#messages).padStart(6, '0')}`, status: outcome };
  }
}
