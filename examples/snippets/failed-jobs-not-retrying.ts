import { InMemoryQueueAdapter } from '@townkrier/queue';
import { close } from './setup.ts';

// #region seed 001: Failed Jobs Not Retrying
const queueAdapter = new InMemoryQueueAdapter({
  maxRetries: 3, // Must be > 0
  retryDelay: 1000, // Must be > 0
});
// #endregion

await queueAdapter.close();
await close();
