import { cpus } from 'node:os';
import Table from 'cli-table3';
import type { Figures, Measured } from './cases.ts';
import { median, spread } from './statistics.ts';

/** A column of the table: one figure of one scenario. */
export interface Column {
  readonly scenario: string;
  readonly figure: string;
  readonly title: string;
}

/** What we aim at: ours against the best of others, or ours alone where none are named. One of `atLeast` and `atMost` is given. */
export interface Aim {
  readonly scenario: string;
  readonly figure: string;
  readonly ours: string;
  readonly others?: readonly string[];
  /** What the others did. @default the same */
  readonly otherScenario?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

interface Verdict {
  readonly what: string;
  readonly value: number;
  readonly aim: string;
  readonly isMet: boolean;
}

/** Prints a row an engine with the medians and how far the rounds lie apart, a line an aim, and all of it as one line of JSON. */
export function report(
  benchmark: string,
  measured: readonly Measured[],
  columns: readonly Column[],
  aims: readonly Aim[],
): void {
  const table = new Table({
    head: [benchmark, ...columns.map(({ title }) => title)],
    style: { head: [], border: [] },
  });
  for (const engine of new Set(measured.map((one) => one.engine))) {
    table.push([engine, ...columns.map((column) => cellOf(measured, engine, column))]);
  }
  console.log(table.toString());
  const verdicts = aims.map((aim) => judge(measured, aim)).filter((verdict) => verdict !== null);
  for (const { what, value, aim, isMet } of verdicts) {
    console.log(`${isMet ? 'met   ' : 'MISSED'} ${what}: ${value} (aim ${aim})`);
  }
  console.log(JSON.stringify({ benchmark, ...machine(), medians: mediansOf(measured), aims: verdicts }));
}

/** The median of one figure over the rounds; `null` when it was not measured. */
function medianOf(
  measured: readonly Measured[],
  engine: string,
  scenario: string,
  figure: string,
): number | null {
  const samples = samplesOf(measured, engine, scenario, figure);
  return samples.length === 0 ? null : median(samples);
}

/** What the figures belong to. */
export function machine(): { readonly node: string; readonly processors: string } {
  return {
    node: process.version,
    processors: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`,
  };
}

function cellOf(measured: readonly Measured[], engine: string, { scenario, figure }: Column): string {
  const samples = samplesOf(measured, engine, scenario, figure);
  if (samples.length === 0) return '–';
  const text = median(samples).toLocaleString('en', { maximumFractionDigits: 2 });
  return samples.length === 1 ? text : `${text} (±${Math.round(spread(samples) * 50)} %)`;
}

function judge(
  measured: readonly Measured[],
  { scenario, figure, ours, others = [], otherScenario = scenario, atLeast, atMost }: Aim,
): Verdict | null {
  const own = medianOf(measured, ours, scenario, figure);
  const theirs = others.flatMap((other) => medianOf(measured, other, otherScenario, figure) ?? []);
  if (own === null || (others.length > 0 && theirs.length === 0)) return null;
  // The best of the others: the most where ours should be at least so many times it, the least where it should be at most.
  const base = others.length === 0 ? 1 : atLeast === undefined ? Math.min(...theirs) : Math.max(...theirs);
  const value = Number((own / base).toFixed(2));
  const against =
    others.length === 0
      ? ''
      : ` × ${others.join(' or ')}${otherScenario === scenario ? '' : `, ${otherScenario}`}`;
  return {
    what: `${scenario}, ${figure}: ${ours}${against}`,
    value,
    aim: atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`,
    isMet: value >= (atLeast ?? 0) && value <= (atMost ?? Number.POSITIVE_INFINITY),
  };
}

function samplesOf(
  measured: readonly Measured[],
  engine: string,
  scenario: string,
  figure: string,
): number[] {
  const found = measured.find((one) => one.engine === engine && one.scenario === scenario);
  return found?.samples.flatMap((figures) => figures[figure] ?? []) ?? [];
}

function mediansOf(measured: readonly Measured[]): Record<string, Figures> {
  return Object.fromEntries(
    measured.map(({ engine, scenario, samples }) => [
      `${engine}: ${scenario}`,
      Object.fromEntries(
        Object.keys(samples[0] ?? {}).map((figure) => [
          figure,
          median(samples.flatMap((one) => one[figure] ?? [])),
        ]),
      ),
    ]),
  );
}
