import { type BrokenAdapter, changeSettlements, changeWorkers, later } from './broken-adapter.ts';

/** Faults in stopping. */
export const brokenStopping: readonly BrokenAdapter[] = [
  {
    fault: 'does not drain when it stops',
    caughtBy: 'a stopping worker takes nothing new and waits for the job in hand',
    spoil({ adapter }) {
      changeWorkers(adapter, (worker) => {
        const stop = worker.stop.bind(worker);
        worker.stop = async () => void stop();
      });
    },
  },
  {
    fault: 'goes on working after it was stopped',
    caughtBy: 'a stopped worker takes no job that is added later',
    spoil({ adapter }) {
      changeWorkers(adapter, (worker) => {
        const stop = worker.stop.bind(worker);
        worker.stop = async () => void setTimeout(stop, 1000).unref();
      });
    },
  },
  {
    fault: 'drops what is just being added when it closes',
    caughtBy: 'an add that was accepted before close is stored',
    spoil({ adapter }) {
      const [add, close] = [adapter.add.bind(adapter), adapter.close.bind(adapter)];
      adapter.add = async (jobs) => {
        await later();
        return add(jobs);
      };
      adapter.close = () => close();
    },
  },
  {
    fault: 'cannot be closed twice',
    caughtBy: 'close may be called as often as one likes',
    spoil({ adapter }) {
      const close = adapter.close.bind(adapter);
      let isClosed = false;
      adapter.close = async () => {
        if (isClosed) throw new Error('closed already');
        isClosed = true;
        await close();
      };
    },
  },
  {
    fault: 'makes a stop cost a retry',
    caughtBy: 'a stop that lasts too long aborts the job and gives it back, which costs no retry',
    isSeenByModel: true,
    spoil({ store }) {
      const error = { name: 'Error', message: 'stopped' };
      changeSettlements(store, (settlement) =>
        settlement.to === 'pending'
          ? { ...settlement, to: 'retrying', delayMs: 0, error, countsAttempt: true }
          : settlement,
      );
    },
  },
];
