import { formatClock, formatExact, formatRelative } from '../format/time.ts';
import { now } from '../state/now.ts';

interface MomentProps {
  /** ISO 8601; nothing is shown as a dash. */
  readonly at: string | null | undefined;
  /** `relative` (the default) or the time of day. The exact time is always in the tooltip. */
  readonly as?: 'relative' | 'clock';
}

/** A moment, in words people use. */
export function Moment({ at, as = 'relative' }: MomentProps) {
  if (at === null || at === undefined) return <span class="faint">–</span>;
  const moment = Date.parse(at);
  return (
    <time class="nowrap" dateTime={at} title={formatExact(moment)}>
      {as === 'clock' ? formatClock(moment) : formatRelative(moment, now.value)}
    </time>
  );
}
