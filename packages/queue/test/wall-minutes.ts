/** A minute as it passes, and what the wall clock of a time zone shows in it. */
export interface WallMinute {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `2026-03-29`. */
  readonly date: string;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Every minute of a stretch of time, by asking `Intl` for each. */
export function wallMinutes(timeZone: string, from: number, lengthMs: number): readonly WallMinute[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  return Array.from({ length: lengthMs / 60_000 }, (_, i) => {
    const at = from + i * 60_000;
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return {
      at,
      date: `${parts['year']}-${parts['month']}-${parts['day']}`,
      day: Number(parts['day']),
      weekday: WEEKDAYS.indexOf(parts['weekday'] ?? ''),
      hour: Number(parts['hour']),
      minute: Number(parts['minute']),
    };
  });
}

/**
 * When an expression of `*`, steps, lists and ranges fires, by the guide's two rules and nothing clever: with `*` in minutes or hours in every minute whose wall clock fits;
 * otherwise once a day for each time it names, in the first minute whose wall clock shows that time or a later one.
 */
export function slotsByWalking(cron: string, minutes: readonly WallMinute[]): readonly number[] {
  const [minuteField = '*', hourField = '*', dayField = '*', , weekdayField = '*'] = cron.split(' ');
  const [inHour, inDay] = [valuesOf(minuteField, 59), valuesOf(hourField, 23)];
  const onDay = minutes.filter(dayFilter(dayField, weekdayField));
  if (`${minuteField}${hourField}`.includes('*')) {
    return onDay.filter(({ hour, minute }) => inDay.has(hour) && inHour.has(minute)).map(({ at }) => at);
  }
  const times = [...inDay].flatMap((hour) => [...inHour].map((minute) => hour * 60 + minute));
  return firstOfEach(onDay, times);
}

function firstOfEach(minutes: readonly WallMinute[], times: readonly number[]): readonly number[] {
  const slots = new Set<number>();
  for (const dayMinutes of Map.groupBy(minutes, ({ date }) => date).values()) {
    const isWhole = dayMinutes[0]?.hour === 0 && dayMinutes[0].minute === 0;
    for (const time of times) {
      const first = dayMinutes.find(({ hour, minute }) => hour * 60 + minute >= time);
      // The day on which the walk begins lacks its morning.
      if (first !== undefined && (isWhole || first.hour * 60 + first.minute === time)) slots.add(first.at);
    }
  }
  return [...slots].sort((a, b) => a - b);
}

/** Given both days, one of them suffices. */
function dayFilter(dayField: string, weekdayField: string): (minute: WallMinute) => boolean {
  const [days, weekdays] = [valuesOf(dayField, 31), valuesOf(weekdayField, 6)];
  const needsBoth = dayField === '*' || weekdayField === '*';
  return ({ day, weekday }) => {
    const [isDay, isWeekday] = [days.has(day), weekdays.has(weekday)];
    return needsBoth ? isDay && isWeekday : isDay || isWeekday;
  };
}

function valuesOf(field: string, most: number): ReadonlySet<number> {
  if (field.startsWith('*')) {
    const step = Number(field.split('/')[1] ?? 1);
    return new Set(Array.from({ length: most + 1 }, (_, i) => i).filter((i) => i % step === 0));
  }
  return new Set(
    field.split(',').flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    }),
  );
}
