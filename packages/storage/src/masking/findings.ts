import type { Finding } from './text-view.ts';

/**
 * Makes findings sorted and disjoint. Where two overlap, everything either of them covers is replaced, by the mask of the one that starts first or is
 * longer; of two alike, by the one listed first.
 */
export function mergeFindings(findings: readonly Finding[]): Finding[] {
  const sorted = findings.toSorted((a, b) => a.start - b.start || b.end - a.end);
  const merged: Finding[] = [];
  for (const finding of sorted) {
    const last = merged.at(-1);
    if (last === undefined || finding.start >= last.end) merged.push(finding);
    else if (finding.end > last.end) merged[merged.length - 1] = { ...last, end: finding.end };
  }
  return merged;
}
