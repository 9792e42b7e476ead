/**
 * Measures the masking: speed on normal text, growth on hostile text, and what it finds.
 *
 *     node --conditions=@townkrier/source benchmarks/masking.ts [--sentences <file.jsonl>]
 *
 * The file holds labelled sentences, `{ text, spans: [{ type, value }] }` a line, with the types of Microsoft's presidio-research. None ships with the
 * repository.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { maskHtml, maskText } from '@townkrier/storage';
import { adversarialFamilies } from '../packages/storage/test/corpus/adversarial.ts';
import { readCorpus } from '../packages/storage/test/corpus/corpus.ts';
import { formatShare, leavesResidue, shareOf } from '../packages/storage/test/corpus/measure.ts';

const STRUCTURED = new Set([
  'EMAIL_ADDRESS',
  'PHONE_NUMBER',
  'CREDIT_CARD',
  'IBAN_CODE',
  'IP_ADDRESS',
  'US_SSN',
]);
const MEGABYTE = 1_000_000;
/** Characters of the shorter hostile text, and how often it is doubled. */
const SHORT = 2 ** 17;
const DOUBLINGS = 3;
const { values: options } = parseArgs({ options: { sentences: { type: 'string' } } });

measureSpeed();
measureGrowth();
if (options.sentences !== undefined) measureSentences(options.sentences);

/** Megabytes a second on messages of the labelled corpus, one call a message, as the log makes them. */
function measureSpeed(): void {
  const corpus = readCorpus();
  for (const format of ['text', 'html'] as const) {
    const messages = corpus.filter((message) => message.format === format);
    const bytes = messages.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    const mask = format === 'html' ? maskHtml : maskText;
    const round = () => {
      for (const { text, personalValues = [] } of messages) mask(text, { level: 'masked', personalValues });
    };
    console.log(`${format}, messages with values to hide: ${rate(bytes, round)}`);
  }
  const prose = corpus
    .filter(({ format, spans, language }) => format === 'text' && spans.length === 0 && language === 'en')
    .map(({ text }) => text)
    .join('\n')
    .repeat(20);
  console.log(
    `text, clean, ${prose.length} characters: ${rate(Buffer.byteLength(prose), () => maskText(prose, { level: 'masked' }))}`,
  );
}

/** How much longer twice a text takes, for each hostile family: the mean of three doublings, up to a mebibyte. The lengths take turns, so that a busy moment hits all. */
function measureGrowth(): void {
  for (const [name, build] of Object.entries(adversarialFamilies)) {
    const personalValues = name.startsWith('personal') ? hostileValues() : [];
    const mask = name.startsWith('html') ? maskHtml : maskText;
    const [short, long] = [build(SHORT), build(SHORT * 2 ** DOUBLINGS)];
    let [shortTime, longTime] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < 7; round++) {
      shortTime = Math.min(
        shortTime,
        best(() => mask(short, { level: 'masked', personalValues }), 3),
      );
      longTime = Math.min(
        longTime,
        best(() => mask(long, { level: 'masked', personalValues }), 1),
      );
    }
    console.log(
      `${name.padEnd(34)} t(2n)/t(n) ${growth(shortTime, longTime)}   1 MiB in ${longTime.toFixed(0)} ms`,
    );
  }
}

/** The clock has steps of some milliseconds: where the short text takes no longer, only the time of the long one is shown. */
function growth(shortTime: number, longTime: number): string {
  return shortTime < 4 ? 'n/a ' : ((longTime / shortTime) ** (1 / DOUBLINGS)).toFixed(2);
}

function hostileValues(): string[] {
  return Array.from({ length: 500 }, (_, index) => `${'a'.repeat(3 + (index % 60))}b${index}`);
}

function measureSentences(file: string): void {
  let clean = 0;
  let touched = 0;
  const found = new Map<string, { hits: number; total: number }>();
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const { text, spans } = JSON.parse(line) as { text: string; spans: { type: string; value: string }[] }; // The documented form of such files.
    const output = maskText(text, { level: 'masked' });
    const structured = spans.filter(({ type }) => STRUCTURED.has(type));
    if (structured.length === 0) {
      clean++;
      if (output !== text) touched++;
      if (output !== text) console.log(`  changed: ${JSON.stringify(output)}`);
    }
    for (const { type, value } of structured) {
      const counts = found.get(type) ?? { hits: 0, total: 0 };
      const isMissed = leavesResidue(output, value);
      found.set(type, { hits: counts.hits + (isMissed ? 0 : 1), total: counts.total + 1 });
      if (isMissed) console.log(`  missed: ${type} ${value}: ${JSON.stringify(output)}`);
    }
  }
  const all = [...found.values()];
  const sum = (pick: (counts: { hits: number; total: number }) => number) =>
    all.reduce((total, counts) => total + pick(counts), 0);
  console.log(
    `structured values without residue: ${formatShare(
      shareOf(
        sum(({ hits }) => hits),
        sum(({ total }) => total),
      ),
    )}`,
  );
  for (const [type, { hits, total }] of found)
    console.log(`  ${type.padEnd(14)} ${formatShare(shareOf(hits, total))}`);
  console.log(`clean sentences changed: ${formatShare(shareOf(touched, clean))}`);
}

function rate(bytes: number, run: () => void): string {
  const rounds = Math.max(1, Math.ceil((2 * MEGABYTE) / bytes));
  const milliseconds = best(() => {
    for (let round = 0; round < rounds; round++) run();
  }, 3);
  return `${((bytes * rounds) / MEGABYTE / (milliseconds / 1000)).toFixed(1)} MB/s`;
}

/** The shortest of some runs, in milliseconds of this thread: what else the machine does is no part of it. */
function best(run: () => void, runs: number): number {
  const times = Array.from({ length: runs }, () => {
    const start = process.threadCpuUsage();
    run();
    const { user, system } = process.threadCpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}
