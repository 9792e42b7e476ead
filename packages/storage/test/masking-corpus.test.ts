import { describe, expect, it } from 'vitest';
import { maskHtml, maskText } from '../src/masking/index.ts';
import { type CorpusMessage, readable, readCorpus } from './corpus/corpus.ts';
import { formatShare, leavesResidue, shareOf } from './corpus/measure.ts';

interface Report {
  readonly misses: string[];
  readonly touched: string[];
  readonly found: Map<string, { hits: number; total: number }>;
  readonly clean: number;
}

const corpus = readCorpus();
const report = measure(corpus);

describe('masking of the labelled corpus', () => {
  it('leaves nothing of 99 % of the labelled values, and of 95 % of those of each type with 20 or more', () => {
    for (const [type, { hits, total }] of report.found) {
      if (total >= 20)
        expect(hits / total, `${type}\n${report.misses.join('\n')}`).toBeGreaterThanOrEqual(0.95);
    }
    const all = [...report.found.values()];
    const hits = all.reduce((sum, counts) => sum + counts.hits, 0);
    const total = all.reduce((sum, counts) => sum + counts.total, 0);
    print(hits, total);
    expect(hits / total, report.misses.join('\n')).toBeGreaterThanOrEqual(0.99);
  });

  it('leaves 97 % of the clean messages as they are', () => {
    console.info(`clean messages changed: ${formatShare(shareOf(report.touched.length, report.clean))}`);
    for (const line of report.touched) console.info(`  changed: ${line}`);
    expect(report.touched.length / report.clean, report.touched.join('\n')).toBeLessThanOrEqual(0.03);
  });

  it('changes nothing more when it is applied to its own output', () => {
    for (const message of corpus) {
      const once = mask(message);
      expect(mask({ ...message, text: once }), message.id).toBe(once);
    }
  });

  it('hides codes, keys, cards and the secrets of links at level public too', () => {
    const credentials = new Set(['one_time_code', 'secret', 'card']);
    for (const { text, format, spans, id } of corpus) {
      const output = (format === 'html' ? maskHtml : maskText)(text, { level: 'public' });
      for (const { type, value } of spans) {
        if (credentials.has(type))
          expect(leavesResidue(output, value), `${id}: ${value} in ${output}`).toBe(false);
      }
    }
  });

  it('keeps nothing at level private', () => {
    for (const { text, format } of corpus) {
      expect((format === 'html' ? maskHtml : maskText)(text, { level: 'private' })).toBe('');
    }
  });
});

function measure(messages: readonly CorpusMessage[]): Report {
  const found: Report['found'] = new Map();
  const [misses, touched]: [string[], string[]] = [[], []];
  for (const message of messages) {
    const output = mask(message);
    for (const { type, value } of message.spans) {
      const counts = found.get(type) ?? { hits: 0, total: 0 };
      const isMissed = leavesResidue(output, value);
      found.set(type, { hits: counts.hits + (isMissed ? 0 : 1), total: counts.total + 1 });
      if (isMissed) misses.push(`${message.id} ${type} ${value}: ${output}`);
    }
    const isClean = message.spans.length === 0;
    if (isClean && seen(message, output) !== seen(message, message.text))
      touched.push(`${message.id}: ${output}`);
  }
  return { misses, touched, found, clean: messages.filter(({ spans }) => spans.length === 0).length };
}

function mask({ format, text, personalValues = [] }: CorpusMessage): string {
  return (format === 'html' ? maskHtml : maskText)(text, { level: 'masked', personalValues });
}

/** Markup is rewritten for safety; what counts is what a reader sees of it. */
function seen({ format }: CorpusMessage, text: string): string {
  return format === 'html' ? readable(text) : text;
}

function print(hits: number, total: number): void {
  console.info(`labelled values without residue: ${formatShare(shareOf(hits, total))}`);
  for (const [type, counts] of report.found) {
    console.info(`  ${type.padEnd(14)} ${formatShare(shareOf(counts.hits, counts.total))}`);
  }
  for (const miss of report.misses) console.info(`  missed: ${miss}`);
}
