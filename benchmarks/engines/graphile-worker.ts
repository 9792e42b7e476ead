import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { type EngineSource, required } from './engine.ts';

const TASK = 'benchmark';
/** As many jobs as a local queue takes at once. */
const LOCAL_QUEUE = 500;
const silent = new Logger(() => () => undefined);

/** `default`: as it comes. `batch`: with a local queue and completions in batches, its fastest setting. Jobs are deleted once they are done. */
export function graphileWorker(setting: 'default' | 'batch'): EngineSource {
  return {
    name: setting === 'batch' ? `graphile-worker (localQueue ${LOCAL_QUEUE}, batch)` : 'graphile-worker',
    needs: ['postgres'],
    async open({ postgresUrl, name }) {
      const shared = { connectionString: required(postgresUrl), schema: name, logger: silent };
      const utils = await makeWorkerUtils(shared);
      await utils.migrate();
      return {
        add: (payload, delay) =>
          utils.addJob(TASK, payload, delay === undefined ? {} : { runAt: new Date(Date.now() + delay) }),
        addMany: (payloads) => utils.addJobs(payloads.map((payload) => ({ identifier: TASK, payload }))),
        async work(handler, concurrentJobs) {
          const batching =
            setting === 'batch'
              ? { localQueue: { size: LOCAL_QUEUE }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }
              : {};
          await run({
            ...shared,
            noHandleSignals: true,
            taskList: { [TASK]: handler },
            preset: { worker: { concurrentJobs, ...batching } },
          });
        },
      };
    },
  };
}
