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
  /** How many faults were injected, and of what kind: `300`, `kills`. */
  readonly injected: number;
  readonly what: string;
  readonly figures: Partial<Figures>;
  /** Each broken invariant, in words; empty when all hold. */
  readonly broken: readonly string[];
  /** Further figures of the scenario, by name. They are reported, never asserted. */
  readonly measured?: Readonly<Record<string, number>>;
}

/** How large a run is: small enough for every change, for an hour or so, or for a night. */
export type Scale = 'ci' | 'short' | 'full';

/** One fault, on the backends that it can meet. */
export interface Scenario {
  /** Its row in `docs/reference/reliability.md`. */
  readonly row: number;
  readonly name: string;
  readonly backends: readonly Backend[];
  /** The sizes it has: what needs more than any machine has is run by hand alone. */
  readonly scales: readonly Scale[];
  run(place: Place, scale: Scale): Promise<Outcome>;
}

/** A scenario with its sizes. */
export interface SizedScenario<Size> extends Omit<Scenario, 'run' | 'scales'> {
  /** Without a `short` one, the full size is for an hour already. */
  readonly sizes: { readonly ci?: Size; readonly short?: Size; readonly full: Size };
  run(place: Place, size: Size): Promise<Outcome>;
}

/** Makes a scenario of one that is told its size. */
export function defineScenario<Size>({ sizes, run, ...same }: SizedScenario<Size>): Scenario {
  return {
    ...same,
    scales: sizes.ci === undefined ? ['short', 'full'] : ['ci', 'short', 'full'],
    run: (place, scale) => run(place, sizes[scale] ?? sizes.full),
  };
}

/** A verdict as an outcome. */
export function toOutcome(
  [injected, what]: readonly [count: number, what: string],
  { figures, broken }: Verdict,
  extra: { readonly broken?: readonly string[]; readonly measured?: Outcome['measured'] } = {},
): Outcome {
  return {
    injected,
    what,
    figures,
    broken: [...broken, ...(extra.broken ?? [])],
    ...(extra.measured !== undefined && { measured: extra.measured }),
  };
}

/** Several runs of one scenario as one: counts are added, everything broken is listed, and of what was measured the largest is kept. */
export function sumOutcomes(outcomes: readonly Outcome[]): Outcome {
  const [first] = outcomes;
  if (first === undefined) throw new Error('a scenario that did not run proves nothing');
  const names = Object.keys(first.figures) as (keyof Figures)[];
  const total = (name: keyof Figures): number =>
    outcomes.reduce((sum, { figures }) => sum + (figures[name] ?? 0), 0);
  return {
    injected: outcomes.reduce((sum, { injected }) => sum + injected, 0),
    what: first.what,
    figures: Object.fromEntries(names.map((name) => [name, total(name)])),
    broken: outcomes.flatMap(({ broken }) => broken),
    measured: largestOf(outcomes.map(({ measured }) => measured ?? {})),
  };
}

function largestOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const largest: Record<string, number> = {};
  for (const measured of all) {
    for (const [name, value] of Object.entries(measured))
      largest[name] = Math.max(value, largest[name] ?? value);
  }
  return largest;
}
