import type { QueueEventListener, QueueEventName } from '../src/events.ts';
import type { ReplayOptions, SharedState } from '../src/job-store.ts';
import type {
  AddOptions,
  JobFilters,
  JobHandler,
  NewJob,
  QueueAdapter,
  Worker,
  WorkOptions,
} from '../src/queue-adapter.ts';

/** The methods that ask the backend. */
export type AskingMethod =
  | 'add'
  | 'getJob'
  | 'findJobs'
  | 'getStats'
  | 'retryJob'
  | 'cancelJob'
  | 'deleteJob'
  | 'countAhead'
  | 'shared'
  | 'ping';

/**
 * An adapter whose backend can be taken away. `rejects`: each call fails at once. `hangs`: none is answered, and nothing is done. `mute`: it is done, and
 * not answered. Workers of the real adapter behind it go on; what they run is theirs.
 */
export class SwitchableAdapter implements QueueAdapter {
  readonly capabilities;
  readonly shared?: SharedState;
  /** What it does when called. */
  state: 'answers' | 'rejects' | 'hangs' | 'mute' = 'answers';
  /** What `rejects` rejects with. */
  error: unknown = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  /** What it was asked, in order. */
  readonly asked: AskingMethod[] = [];
  /** Called first; may throw, change the state, or give a promise to be waited for. */
  before: (method: AskingMethod, argument: unknown) => unknown = () => undefined;
  /** Called when it has been done, before it is answered; as `before`. */
  after: (method: AskingMethod) => unknown = () => undefined;
  readonly #real: QueueAdapter;

  constructor(real: QueueAdapter) {
    this.#real = real;
    this.capabilities = real.capabilities;
    if (real.shared !== undefined) this.shared = this.#sharedOf(real.shared);
  }

  /** How often a method was called. */
  timesAsked(method: AskingMethod): number {
    return this.asked.filter((each) => each === method).length;
  }

  add(jobs: readonly NewJob[], options?: AddOptions) {
    return this.#ask('add', jobs, () => this.#real.add(jobs, options));
  }
  getJob(id: string) {
    return this.#ask('getJob', id, () => this.#real.getJob(id));
  }
  findJobs(filters: JobFilters) {
    return this.#ask('findJobs', filters, () => this.#real.findJobs(filters));
  }
  getStats(queue?: string) {
    return this.#ask('getStats', queue, () => this.#real.getStats(queue));
  }
  retryJob(id: string, options?: ReplayOptions) {
    return this.#ask('retryJob', id, () => this.#real.retryJob(id, options));
  }
  cancelJob(id: string) {
    return this.#ask('cancelJob', id, () => this.#real.cancelJob(id));
  }
  deleteJob(id: string) {
    return this.#ask('deleteJob', id, () => this.#real.deleteJob(id));
  }
  countAhead(id: string) {
    return this.#ask('countAhead', id, async () => (await this.#real.countAhead?.(id)) ?? null);
  }
  ping() {
    return this.#ask('ping', undefined, async () => this.#real.ping?.());
  }
  work(handler: JobHandler, options?: WorkOptions): Worker {
    return this.#real.work(handler, options);
  }
  on<Name extends QueueEventName>(event: Name, listener: QueueEventListener<Name>): () => void {
    return this.#real.on(event, listener);
  }
  close() {
    return this.#real.close();
  }

  #sharedOf(shared: SharedState): SharedState {
    const ask = <Answer>(call: () => Promise<Answer>) => this.#ask('shared', undefined, call);
    return {
      read: (key) => ask(() => shared.read(key)),
      list: (prefix) => ask(() => shared.list(prefix)),
      write: (change) => ask(() => shared.write(change)),
      now: () => ask(() => shared.now()),
      onChange: (callback) => shared.onChange(callback),
    };
  }

  async #ask<Answer>(method: AskingMethod, argument: unknown, call: () => Promise<Answer>): Promise<Answer> {
    this.asked.push(method);
    const never = new Promise<never>(() => undefined);
    if (this.state === 'rejects') throw this.error;
    if (this.state === 'hangs') return never;
    const waiting = this.before(method, argument);
    // Otherwise at once: what is handed over is taken when it is handed over.
    if (waiting instanceof Promise) await waiting;
    const isMute = this.state === 'mute';
    const answer = await call();
    await this.after(method);
    return isMute ? never : answer;
  }
}
