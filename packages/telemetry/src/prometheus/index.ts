export { collectMetrics } from './collect-metrics.ts';
export type { MeasuredNotifications, MeasuredQueue, MetricsOptions } from './metrics-options.ts';
