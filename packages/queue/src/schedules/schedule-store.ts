import type { SharedEntry, SharedState } from '../job-store.ts';
import { readState, type ScheduleState, toStoredState } from './schedule-state.ts';

const PREFIX = 'schedule:';

/** A schedule as it was read. */
export interface KeptSchedule {
  readonly name: string;
  readonly state: ScheduleState;
  readonly version: string;
}

/** The schedules among what processes share. Every change is made to what was read, or not at all. */
export class ScheduleStore {
  readonly shared: SharedState;

  constructor(shared: SharedState) {
    this.shared = shared;
  }

  /** Not parsed yet, so that one that cannot be read does not hide the others. By name. */
  entries(): Promise<readonly SharedEntry[]> {
    return this.shared.list(PREFIX);
  }

  async get(name: string): Promise<KeptSchedule | null> {
    const entry = await this.shared.read(PREFIX + name);
    return entry === null ? null : toKept(entry);
  }

  /** Writes, unless somebody did since it was read; tells which. */
  async replace({ name, version }: KeptSchedule, state: ScheduleState): Promise<boolean> {
    return (await this.shared.write({ key: PREFIX + name, value: toStoredState(state), version })) !== null;
  }

  /**
   * Changes a schedule, as often as others come between. `decide` is given `null` where there is none; it removes with `null`, and changes nothing by giving back what it was given.
   * @returns what is kept then.
   */
  async change<Next extends ScheduleState | null>(
    name: string,
    decide: (state: ScheduleState | null) => Next,
  ): Promise<Next> {
    for (;;) {
      const kept = await this.get(name);
      const next = decide(kept?.state ?? null);
      if (next === (kept?.state ?? null)) return next;
      const value = next === null ? null : toStoredState(next);
      const version = await this.shared.write({ key: PREFIX + name, value, version: kept?.version ?? null });
      if (version !== null) return next;
    }
  }
}

/** @throws {QueueError} `QUEUE_SCHEDULE_INVALID` for what this version cannot read. */
export function toKept({ key, value, version }: SharedEntry): KeptSchedule {
  const name = key.slice(PREFIX.length);
  return { name, state: readState(name, value), version };
}
