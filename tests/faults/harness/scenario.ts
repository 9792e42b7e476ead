import type { Backend, BackendServer } from './backends.ts';
import type { Figures, Verdict } from './checker.ts';

/** Where a scenario runs. */
export interface Place {
  readonly backend: Backend;
  /** The backend's server, shared with other scenarios: no scenario stops it. `null` where the backend has none. */
  readonly server: BackendServer | null;
  /** Decides everything that is left to chance. */
  readonly seed: number;
}

/** What a scenario came to. */
export interface Outcome {
  /** What was done to the system, counted: `300 kills`. */
  readonly injected: string;
  readonly figures: Partial<Figures>;
  /** Each broken invariant, in words; empty when all hold. */
  readonly broken: readonly string[];
  /** Further figures of the scenario, by name. They are reported, never asserted. */
  readonly measured?: Readonly<Record<string, string | number>>;
}

/** How large a run is: small enough for every change, or the size that the reference page shows. */
export type Scale = 'ci' | 'full';

/** One fault, on the backends that it can meet. */
export interface Scenario {
  /** Its row in `docs/reference/reliability.md`. */
  readonly row: number;
  readonly name: string;
  readonly backends: readonly Backend[];
  run(place: Place, scale: Scale): Promise<Outcome>;
}

/** A scenario with its two sizes. */
export interface SizedScenario<Size> extends Omit<Scenario, 'run'> {
  readonly sizes: Readonly<Record<Scale, Size>>;
  run(place: Place, size: Size): Promise<Outcome>;
}

/** Makes a scenario of one that is told its size. */
export function defineScenario<Size>({ sizes, run, ...same }: SizedScenario<Size>): Scenario {
  return { ...same, run: (place, scale) => run(place, sizes[scale]) };
}

/** A verdict as an outcome. */
export function toOutcome(
  injected: string,
  { figures, broken }: Verdict,
  extra: { readonly broken?: readonly string[]; readonly measured?: Outcome['measured'] } = {},
): Outcome {
  return {
    injected,
    figures,
    broken: [...broken, ...(extra.broken ?? [])],
    ...(extra.measured !== undefined && { measured: extra.measured }),
  };
}
