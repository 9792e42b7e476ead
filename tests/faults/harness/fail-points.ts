import type { JobContext, JobDelivery } from '@townkrier/queue';
import type { OpenQueue } from './backends.ts';

/**
 * Where a process may be told to die, in the order of a job's life. They stand in what the app hands to the library (its channel, its handler) and between
 * adapter and database, never in the library's code.
 */
export const FAIL_POINTS = [
  /** A claim is asked of the store; nothing is stored. */
  'claim:before',
  /** The claim is stored; no handler has heard of it. */
  'claim:after',
  /** The handler is called. */
  'handler:start',
  /** That the provider is about to be called is not stored yet. */
  'sending:before',
  /** It is stored. */
  'sending:after',
  /** The channel is about to call the provider. */
  'call:before',
  /** The provider accepted and has not answered: the parent kills, once the provider's ledger says so. */
  'call:unanswered',
  /** The provider's answer is there; nobody has noted it. */
  'answer:after',
  /** That it was sent is not stored yet. */
  'sent:before',
  /** It is stored; the job is not settled. */
  'sent:after',
  /** The handler is done; that the job is completed is not stored yet. */
  'settle:before',
  /** It is stored, and the worker is told. */
  'settle:after',
  /** The jobs of a dead worker are about to be taken back. */
  'reap:before',
  /** They were taken back; nobody was told. */
  'reap:after',
] as const;
export type FailPoint = (typeof FAIL_POINTS)[number];

/** Between these and the next, nobody can know whether the provider has the message: without keys the delivery must end `unknown`. */
export const AMBIGUOUS_POINTS: readonly FailPoint[] = [
  'sending:after',
  'call:before',
  'call:unanswered',
  'answer:after',
  'sent:before',
];

/** Where a producer may die: before anything of the job is stored, and when it is stored but the producer was not told. */
export type ProducerPoint = 'insert:before' | 'insert:after';

/** Makes this process die, as by kill -9, when it reaches a point. */
export class FailPoints {
  readonly #failAt: FailPoint | ProducerPoint | undefined;

  /** @param failAt - Where to die; nowhere when it is left out. */
  constructor(failAt: FailPoint | ProducerPoint | undefined) {
    this.#failAt = failAt;
  }

  readonly reach = (point: FailPoint | ProducerPoint): void => {
    if (point === this.#failAt) process.kill(process.pid, 'SIGKILL');
  };

  /** Puts the points between adapter and database. */
  placeIn({ adapter, store }: OpenQueue): void {
    adapter.on('job:completed', () => this.reach('settle:after'));
    const add = adapter.add.bind(adapter);
    adapter.add = async (jobs, options) => {
      this.reach('insert:before');
      const added = await add(jobs, options);
      this.reach('insert:after');
      return added;
    };
    const claim = store.claim.bind(store);
    store.claim = async (request) => {
      this.reach('claim:before');
      const claimed = await claim(request);
      if (claimed.length > 0) this.reach('claim:after');
      return claimed;
    };
    const reap = store.reapExpired.bind(store);
    store.reapExpired = async (maxCrashes) => {
      this.reach('reap:before');
      const reaped = await reap(maxCrashes);
      if (reaped.length > 0) this.reach('reap:after');
      return reaped;
    };
  }

  /** What the handler is given, with the points around what it stores. */
  watch(context: JobContext): JobContext {
    return {
      job: context.job,
      attempt: context.attempt,
      get signal() {
        return context.signal;
      },
      progress: (percent, step) => context.progress(percent, step),
      log: (message) => context.log(message),
      saveDeliveries: async (deliveries) => {
        const what = deliveries.some(isSending) ? 'sending' : 'sent';
        this.reach(`${what}:before`);
        await context.saveDeliveries(deliveries);
        this.reach(`${what}:after`);
      },
    };
  }
}

function isSending({ status }: JobDelivery): boolean {
  return status === 'sending';
}
