import { BoundedNames } from './bounded-names.ts';
import { countDeliveries } from './delivery-counters.ts';
import { countJobs } from './job-counters.ts';
import { measureJobs } from './job-gauge.ts';
import { type MetricsOptions, resolveMetricsOptions } from './metrics-options.ts';

/** Queues shown by name, where the app does not say which. */
const MAX_QUEUES = 50;

/**
 * Fills a registry of `prom-client` with what queues and notifications do; the app serves `registry.metrics()` as it likes. Nothing is read between scrapes.
 *
 * @returns Its undo, which also takes the metrics out of the registry.
 * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option.
 * @throws {Error} prom-client's, when the registry has metrics of these names: one registry for each queue.
 * @example
 * const stop = collectMetrics({ queue: queueManager, notifications: notificationManager });
 * app.get('/metrics', async (_request, response) => response.type(register.contentType).send(await register.metrics()));
 */
export function collectMetrics(options: MetricsOptions): () => void {
  const resolved = resolveMetricsOptions(options);
  const { queue, notifications, registry } = resolved;
  const names = new BoundedNames(resolved.queues, MAX_QUEUES);
  const measurements = [
    ...(queue === undefined ? [] : [measureJobs(queue, names, resolved), countJobs(queue, names, resolved)]),
    ...(notifications === undefined ? [] : [countDeliveries(notifications, resolved)]),
  ];
  return () => {
    for (const { metrics, stops } of measurements) {
      for (const stop of stops) stop();
      for (const metric of metrics) registry.removeSingleMetric(metric);
    }
  };
}
