/** The middle of some figures; 0 of none. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 50);
}

/** The figure that so many percent do not exceed; 0 of none. */
export function percentile(figures: readonly number[], percent: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const index = Math.ceil((percent / 100) * sorted.length) - 1;
  return sorted[Math.max(0, index)] ?? 0;
}

/** How far the figures lie apart, as a share of their median: 0.2 is 20 %. */
export function spread(figures: readonly number[]): number {
  return figures.length === 0 ? 0 : (Math.max(...figures) - Math.min(...figures)) / median(figures);
}
