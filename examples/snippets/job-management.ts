import assert from 'node:assert/strict';
import { JobStatus } from '@townkrier/queue';
import { close, failedJob, queueManager } from './setup.ts';

const jobId = await failedJob();

// #region seed 001: Job Management
// Get job by ID
const job = await queueManager.getJob(jobId);

// Get jobs with filters
const jobs = await queueManager.getJobs({
  status: JobStatus.FAILED,
  limit: 50,
  offset: 0,
});

// Retry a failed job
await queueManager.retryJob(jobId);

// Delete a job
await queueManager.deleteJob(jobId);

// Get queue statistics
const stats = await queueManager.getStats();
console.log(stats);
// {
//   pending: 5,
//   processing: 2,
//   completed: 100,
//   failed: 3,
//   retrying: 1,
//   scheduled: 10
// }
// #endregion

assert.equal(job?.id, jobId);
assert.deepEqual(
  jobs.map(({ id }) => id),
  [jobId],
);
assert.equal(await queueManager.getJob(jobId), null);
assert.equal(stats.failed, 0);
await close();
