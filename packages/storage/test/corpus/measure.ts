/** A share and the interval that its true value lies in with 95 % confidence (Wilson). */
export interface Share {
  readonly hits: number;
  readonly total: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

export function shareOf(hits: number, total: number): Share {
  if (total === 0) return { hits, total, share: 0, low: 0, high: 1 };
  const z = 1.96;
  const share = hits / total;
  const centre = share + (z * z) / (2 * total);
  const margin = z * Math.sqrt((share * (1 - share) + (z * z) / (4 * total)) / total);
  const scale = 1 + (z * z) / total;
  return {
    hits,
    total,
    share,
    low: Math.max(0, (centre - margin) / scale),
    high: Math.min(1, (centre + margin) / scale),
  };
}

/** `271 of 276, 98.2 % (95.8 to 99.2 %)` */
export function formatShare({ hits, total, share, low, high }: Share): string {
  const percent = (value: number) => (value * 100).toFixed(1);
  return `${hits} of ${total}, ${percent(share)} % (${percent(low)} to ${percent(high)} %)`;
}

/** Whether anything of a value is left in a text: the value, the local part of an address, or six consecutive digits of it. */
export function leavesResidue(output: string, value: string): boolean {
  if (output.includes(value)) return true;
  const at = value.lastIndexOf('@');
  if (at > 0 && new RegExp(`(?<![\\p{L}\\p{N}])${escapeForPattern(value.slice(0, at))}@`, 'u').test(output))
    return true;
  return digitWindows(value).some((digits) => output.includes(digits));
}

/** Every six consecutive digits of a value, as they stand in it. */
function digitWindows(value: string): string[] {
  const runs = value.match(/\d{6,}/g) ?? [];
  return runs.flatMap((run) =>
    Array.from({ length: run.length - 5 }, (_, index) => run.slice(index, index + 6)),
  );
}

function escapeForPattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
