import { QueueError, QueueErrorCode } from '../../src/errors.ts';
import { type BrokenAdapter, bound } from './broken-adapter.ts';

/** Faults in starting jobs again within limits and with other payloads. */
export const brokenReplaying: readonly BrokenAdapter[] = [
  {
    fault: 'starts a job again as often as one likes',
    caughtBy:
      'a job is started again by hand as often as it may be, and is not changed by the refusal of more',
    isSeenByModel: true,
    spoil({ store }) {
      const { retry } = bound(store);
      store.retry = (id, { maxReplays: _maxReplays, ...options } = {}) => retry(id, options);
    },
  },
  {
    fault: 'changes the payload of a job that it does not start again',
    caughtBy:
      'a job is started again by hand as often as it may be, and is not changed by the refusal of more',
    spoil({ store }) {
      const { retry, cancel } = bound(store);
      store.retry = async (id, options = {}) => {
        try {
          return await retry(id, options);
        } catch (error) {
          if (options.payload === undefined) throw error;
          await retry(id, { payload: options.payload });
          await cancel(id);
          throw error;
        }
      };
    },
  },
  {
    fault: 'takes a job that another was quicker to start for one that was started too often',
    caughtBy: 'of two that start a job again at the same time with a limit one is told that it runs',
    spoil({ store }) {
      const { retry } = bound(store);
      store.retry = (id, options = {}) =>
        retry(id, options).catch((error: unknown) => {
          if (options.maxReplays === undefined) throw error;
          throw new QueueError(QueueErrorCode.QUEUE_REPLAY_LIMIT, `Job ${id} was started again too often.`);
        });
    },
  },
  {
    fault: 'forgets the payload a job is started again with',
    caughtBy: 'a job started again with another payload runs with that',
    spoil({ store }) {
      const { retry } = bound(store);
      store.retry = (id, { payload: _payload, ...options } = {}) => retry(id, options);
    },
  },
  {
    fault: 'starts a job again with whatever it is given',
    caughtBy:
      'a job is not started again with a payload that cannot be stored, nor with a limit that is none',
    spoil({ adapter, store }) {
      adapter.retryJob = (id, options) => store.retry(id, options);
    },
  },
];
