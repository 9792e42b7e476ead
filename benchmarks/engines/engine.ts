import type { BenchmarkPayload } from '../harness/payload.ts';
import type { Place, ServiceName } from '../harness/services.ts';

/** What is called for every job. It must be awaited before the job counts as done. */
export type EngineHandler = (payload: unknown) => Promise<undefined>;

/** A queue that is measured, reduced to what all of them do. */
export interface Engine {
  /** Stores one job, to start after so many milliseconds if they are given. Resolves when it is stored. */
  add(payload: BenchmarkPayload, delayMs?: number): Promise<unknown>;
  /** Stores jobs in one call of the engine's. */
  addMany(payloads: readonly BenchmarkPayload[]): Promise<unknown>;
  /** Starts to work, so many jobs at once where it can. Resolves when it is ready for jobs. */
  work(handler: EngineHandler, concurrency: number): Promise<void>;
}

/** How to open an engine. */
export interface EngineSource {
  readonly name: string;
  readonly needs: readonly ServiceName[];
  open(place: Place): Promise<Engine>;
}

/** An address that a place must have. @throws when the server was not started. */
export function required(url: string | undefined): string {
  if (url === undefined) throw new Error('the server for this case was not started');
  return url;
}
