import { useReducer, useRef } from 'preact/hooks';

/** A page of rows that does not move under the reader's hand. */
export interface SteadyRows<Row> {
  readonly rows: readonly Row[];
  /** Rows the server would show now that are not shown. */
  readonly unseen: number;
  /** Whether rows shown here would not be shown now. */
  readonly hasLeft: boolean;
  /** Shows what the server has now. */
  readonly show: () => void;
  /** Shows the next answer as it comes. */
  readonly showNext: () => void;
  /** Changes one shown row, before the server is asked again. */
  readonly patch: (id: string, change: (row: Row) => Row) => void;
}

interface SteadyRowsOptions<Row> {
  /** What the page shows; another page or filter is shown at once. */
  readonly key: string;
  /** The newest answer to that; `null` while it is on its way. */
  readonly answer: readonly Row[] | null;
  readonly idOf: (row: Row) => string;
}

interface Shown<Row> {
  key: string | null;
  rows: readonly Row[];
  answer: readonly Row[] | null;
  takesNext: boolean;
}

/**
 * Keeps the order and the members of a list while its rows' own values follow the server. What came and what went is counted instead, and shown when
 * the reader asks: a row that moves between look and click makes people press the wrong one.
 */
export function useSteadyRows<Row>({ key, answer, idOf }: SteadyRowsOptions<Row>): SteadyRows<Row> {
  const shown = useRef<Shown<Row>>({ key: null, rows: [], answer: null, takesNext: false });
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  if (answer !== null) shown.current = adopt(shown.current, { key, answer, idOf });

  const { rows, answer: latest } = shown.current;
  const shownIds = new Set(rows.map(idOf));
  const latestIds = new Set(latest?.map(idOf));
  const change = (changes: Partial<Shown<Row>>): void => {
    Object.assign(shown.current, changes);
    redraw(undefined);
  };
  return {
    rows,
    unseen: latest?.filter((row) => !shownIds.has(idOf(row))).length ?? 0,
    hasLeft: rows.some((row) => !latestIds.has(idOf(row))),
    show: () => change({ rows: shown.current.answer ?? [] }),
    showNext: () => change({ takesNext: true }),
    patch: (id, patchRow) => {
      if (!shown.current.rows.some((row) => idOf(row) === id)) return;
      change({ rows: shown.current.rows.map((row) => (idOf(row) === id ? patchRow(row) : row)) });
    },
  };
}

function adopt<Row>(
  shown: Shown<Row>,
  next: SteadyRowsOptions<Row> & { answer: readonly Row[] },
): Shown<Row> {
  const { key, answer, idOf } = next;
  if (shown.answer === answer && shown.key === key) return shown;
  if (shown.key !== key || shown.takesNext) return { key, rows: answer, answer, takesNext: false };
  const newest = new Map(answer.map((row) => [idOf(row), row]));
  return { ...shown, answer, rows: shown.rows.map((row) => newest.get(idOf(row)) ?? row) };
}
