/** Microseconds of a clock that all processes of one machine share and that never goes back. */
export function sharedMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** What a stop watch saw last, for whoever profiles this process: from when to when, by {@link sharedMicroseconds}, and how many things were done. */
export let lastMeasured = { from: 0, to: 0, things: 0 };

/** Things done a second, and microseconds of this process's processors for each, since it was made. */
export class StopWatch {
  readonly #startedAt = sharedMicroseconds();
  readonly #cpu = process.cpuUsage();

  /** Milliseconds until now. */
  get elapsed(): number {
    return (sharedMicroseconds() - this.#startedAt) / 1_000;
  }

  finish(things: number): { readonly perSecond: number; readonly cpuMicroseconds: number } {
    const now = sharedMicroseconds();
    lastMeasured = { from: this.#startedAt, to: now, things };
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      perSecond: Math.round((things * 1e6) / (now - this.#startedAt)),
      cpuMicroseconds: Math.round((user + system) / things),
    };
  }
}
