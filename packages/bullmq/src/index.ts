export { BullMqError, BullMqErrorCode } from './bullmq-errors.ts';
export { BullMqQueueAdapter, type BullMqQueueAdapterOptions } from './bullmq-queue-adapter.ts';
