import type { JsonValue } from '@townkrier/core';
import { z } from 'zod';
import { NonRetryableError, QueueErrorCode } from '../errors.ts';
import { toFrozenJson } from '../frozen-json.ts';
import type { QueueJob } from '../job.ts';
import type { NewJob } from '../queue-adapter.ts';
import { type StoredStep, storedStepSchema, toStepJob } from './stored-step.ts';

/** Where the metadata of a chained job says, for people too, where it stands. */
const PLACE_KEY = 'townkrier.chain';

const placeSchema = z.object({
  /** The id of the chain, which is that of its first job. */
  id: z.string().min(1),
  /** 0 for the first step. */
  index: z.int().min(0),
  total: z.int().min(1),
  /** The job before; `null` for the first one. */
  parentId: z.string().nullable(),
});

/** Beside the data in the payload, because it is as confidential: it holds payloads itself. */
const carriedSchema = z.looseObject({
  chain: z.looseObject({
    /** What the step before returned. */
    parentResult: z.custom<JsonValue>(),
    /** The steps that are still to be added, in their order. */
    rest: z.array(storedStepSchema),
  }),
});

type Place = z.output<typeof placeSchema>;
type Carried = z.output<typeof carriedSchema>['chain'];

/** Where a job stands in its chain, and what comes after it. */
export type ChainPlace = Place & Carried;

/** The step before one of a chain. */
export interface ParentStep {
  readonly id: string;
  /** What its handler returned, as plain data; `null` when that was nothing. */
  readonly result: JsonValue;
}

/** A job whose id is decided. */
export type JobWithId = NewJob & { readonly id: string };

/** Whether a job is a step of a chain. */
export function isChained({ metadata }: Pick<QueueJob, 'metadata'>): boolean {
  return metadata[PLACE_KEY] !== undefined;
}

/**
 * The place of a chained job.
 * @throws {NonRetryableError} `QUEUE_PAYLOAD_INVALID` when it cannot be read: then nobody knows what comes next.
 */
export function readPlace({ id, metadata, payload }: QueueJob): ChainPlace {
  const place = placeSchema.safeParse(metadata[PLACE_KEY]);
  const carried = carriedSchema.safeParse(payload);
  if (place.success && carried.success) return { ...place.data, ...carried.data.chain };
  throw new NonRetryableError(
    `Job ${id} is a step of a chain, and what comes after it cannot be read here. Its payload was replaced, or it was added by a newer version.`,
    { code: QueueErrorCode.QUEUE_PAYLOAD_INVALID },
  );
}

/** The step before a job; `null` for the first one, and for a job of no chain. @throws {NonRetryableError} as {@link readPlace}. */
export function readParent(job: QueueJob): ParentStep | null {
  if (!isChained(job)) return null;
  const { parentId, parentResult } = readPlace(job);
  return parentId === null ? null : { id: parentId, result: parentResult };
}

/** Another payload for a job, which goes on with its chain all the same. @throws {NonRetryableError} as {@link readPlace}. */
export function withChainOf(job: QueueJob, payload: JsonValue): JsonValue {
  if (!isChained(job)) return payload;
  const { parentResult, rest } = readPlace(job);
  return withChain(payload, { parentResult, rest });
}

/** The first job of a chain. */
export function toFirstJob(
  id: string,
  steps: readonly [StoredStep, ...StoredStep[]],
  now: number,
): JobWithId {
  const [first, ...rest] = steps;
  const place = { id, index: 0, total: steps.length, parentId: null };
  return toChainedJob(toStepJob(first, now), place, { parentResult: null, rest });
}

/** The job that comes after a step that has succeeded, or `null` after the last one. It belongs to whom that one does, unless it says so itself. */
export function toNextJob(
  job: Pick<QueueJob, 'id' | 'owner'>,
  { id, index, total, rest: [next, ...rest] }: ChainPlace,
  { parentResult, now }: { readonly parentResult: JsonValue; readonly now: number },
): JobWithId | null {
  if (next === undefined) return null;
  const owned = job.owner === null ? {} : { owner: job.owner };
  const place = { id, index: index + 1, total, parentId: job.id };
  return toChainedJob({ ...owned, ...toStepJob(next, now) }, place, { parentResult, rest });
}

/** Its id follows from its place, so that a step that runs twice adds one successor. */
function toChainedJob(job: NewJob, place: Place, chain: Carried): JobWithId {
  return {
    ...job,
    id: place.index === 0 ? place.id : `${place.id}.${place.index}`,
    payload: withChain(job.payload, chain),
    tags: [...(job.tags ?? []), `chain:${place.id}`],
    metadata: { ...job.metadata, [PLACE_KEY]: place },
  };
}

function withChain(payload: JsonValue, chain: Carried): JsonValue {
  const data = typeof payload === 'object' ? payload : {};
  return toFrozenJson({ ...data, chain }, { what: 'payload', maxBytes: Number.POSITIVE_INFINITY });
}
