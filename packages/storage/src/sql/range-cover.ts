import type { StatsFilters } from '../storage-adapter.ts';
import { CountScope, SPAN_OF_SCOPE } from './log-count-changes.ts';

/** The first and the last moment a `Date` can be, milliseconds. */
const FIRST_MOMENT = -8.64e15;
const LAST_MOMENT = 8.64e15;

/** Moments from one up to another, the latter not included; milliseconds. */
export interface MomentRange {
  readonly from: number;
  readonly to: number;
}

/** A range of creation, cut so that most of it is counted already. */
export interface RangeCover {
  /** Whole days and hours, for which there are counters: those that start in the range. */
  readonly counted: readonly (MomentRange & { readonly scope: 'day' | 'hour' })[];
  /** What is left: less than an hour at each end, or less than two in one piece. These rows have to be counted. */
  readonly edges: readonly MomentRange[];
}

/** Cuts the moments from `startDate` to `endDate`, both included, into whole days, whole hours and what is left. Each moment is in exactly one piece. */
export function coverRange({ startDate, endDate }: Pick<StatsFilters, 'startDate' | 'endDate'>): RangeCover {
  const all = {
    from: startDate?.getTime() ?? FIRST_MOMENT,
    to: (endDate?.getTime() ?? LAST_MOMENT) + 1,
  };
  const hours = wholeSpans(all, SPAN_OF_SCOPE[CountScope.HOUR]);
  if (hours === null) return { counted: [], edges: all.from < all.to ? [all] : [] };
  const days = wholeSpans(hours, SPAN_OF_SCOPE[CountScope.DAY]);
  const hourly = days === null ? [hours] : around(hours, days);
  return {
    counted: [
      ...(days === null ? [] : [{ ...days, scope: CountScope.DAY }]),
      ...hourly.map((range) => ({ ...range, scope: CountScope.HOUR })),
    ],
    edges: around(all, hours),
  };
}

/** The part of a range that consists of whole spans. The ends of time are taken for whole. */
function wholeSpans({ from, to }: MomentRange, span: number): MomentRange | null {
  const start = from === FIRST_MOMENT ? from : Math.ceil(from / span) * span;
  const end = to > LAST_MOMENT ? to : Math.floor(to / span) * span;
  return start < end ? { from: start, to: end } : null;
}

/** What of a range lies before and after a part of it. */
function around({ from, to }: MomentRange, part: MomentRange): MomentRange[] {
  return [
    { from, to: part.from },
    { from: part.to, to },
  ].filter((range) => range.from < range.to);
}
