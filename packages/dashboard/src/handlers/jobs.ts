import type { z } from 'zod';
import type { JobActionResult, JobList } from '../api-types.ts';
import { jobCommandError, jobNotFound, rethrowFilterError } from '../http/errors.ts';
import { jsonResponse } from '../http/json.ts';
import { omitUndefined } from '../omit-undefined.ts';
import type { jobsQuery } from '../queries.ts';
import type { CheckedCall } from '../route.ts';
import { presentJob, summariseJob } from './present-job.ts';

type ById = CheckedCall<{ id: string }, unknown>;

export async function listJobs(call: CheckedCall<unknown, z.output<typeof jobsQuery>>): Promise<Response> {
  const { query, services } = call;
  const { jobs, total } = await services.queue.findJobs(omitUndefined(query)).catch(rethrowFilterError);
  const now = services.clock.now();
  const list: JobList = {
    jobs: jobs.map((job) => summariseJob(job, now)),
    count: jobs.length,
    total,
    page: { offset: query.offset, limit: query.limit },
  };
  return jsonResponse(list);
}

export async function getJob({ params, services, principal }: ById): Promise<Response> {
  const job = await services.queue.getJob(params.id);
  if (job === null) throw jobNotFound(params.id);
  const canReadPayload = principal.permissions.has('jobs:payload:read');
  return jsonResponse(presentJob(job, { now: services.clock.now(), canReadPayload }));
}

export async function retryJob({ params, services }: ById): Promise<Response> {
  return await command(params.id, 'Job will be tried again', () => services.queue.retryJob(params.id));
}

export async function cancelJob({ params, services }: ById): Promise<Response> {
  return await command(params.id, 'Job was cancelled', () => services.queue.cancelJob(params.id));
}

export async function deleteJob({ params, services }: ById): Promise<Response> {
  return await command(params.id, 'Job was deleted', () => services.queue.deleteJob(params.id));
}

async function command(jobId: string, message: string, run: () => Promise<unknown>): Promise<Response> {
  try {
    await run();
  } catch (error) {
    throw jobCommandError(error, jobId);
  }
  return jsonResponse({ success: true, message, jobId } satisfies JobActionResult);
}
