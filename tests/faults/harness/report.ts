import type { Backend } from './backends.ts';
import type { Figures } from './checker.ts';
import type { Outcome, Scenario } from './scenario.ts';

/** What one scenario came to on one backend. */
export interface Result {
  readonly scenario: Pick<Scenario, 'row' | 'name'>;
  readonly backend: Backend;
  readonly outcome: Outcome;
  readonly seconds: number;
}

const COLUMNS: readonly (readonly [heading: string, figure: keyof Figures])[] = [
  ['attempted', 'attempted'],
  ['acknowledged', 'acknowledged'],
  ['sent', 'sent'],
  ['lost', 'lost'],
  ['run again', 'duplicated'],
  ['of these unexplained', 'unexplained'],
  ['accepted twice', 'acceptedTwice'],
  ['repeated', 'repeated'],
  ['unknown', 'unknown'],
  ['poison', 'poison'],
  ['late', 'late'],
];

/** The results as a Markdown table, one row each. A figure that a scenario does not have stays empty. */
export function formatReport(results: readonly Result[]): string {
  const headings = [
    'row',
    'fault',
    'backend',
    'injected',
    ...COLUMNS.map(([heading]) => heading),
    'measured',
    'seconds',
    'holds',
  ];
  const lines = results.map(({ scenario, backend, outcome, seconds }) => [
    scenario.row,
    scenario.name,
    backend,
    `${outcome.injected.toLocaleString('en')} ${outcome.what}`,
    ...COLUMNS.map(([, figure]) => outcome.figures[figure]?.toLocaleString('en') ?? ''),
    Object.entries(outcome.measured ?? {})
      .map(([name, value]) => `${name}: ${value.toLocaleString('en')}`)
      .join('; '),
    seconds,
    outcome.broken.length === 0 ? 'yes' : 'NO',
  ]);
  const rule = headings.map(() => '---');
  return [headings, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
