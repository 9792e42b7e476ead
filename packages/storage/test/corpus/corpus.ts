import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** What a labelled value is. */
export const corpusSpanTypes = [
  'email',
  'phone',
  'card',
  'iban',
  'ip',
  'national_id',
  'one_time_code',
  'secret',
  'link_secret',
  'device_token',
  'name',
  'address',
] as const;

const Message = z.strictObject({
  id: z.string(),
  channel: z.enum(['email', 'sms', 'push', 'in_app']),
  language: z.string(),
  format: z.enum(['text', 'html']),
  text: z.string(),
  /** `value` is what a reader sees; `start` to `end` (exclusive, UTF-16) is where it stands in the source, tags and entities included. */
  spans: z.array(
    z.strictObject({
      type: z.enum(corpusSpanTypes),
      value: z.string(),
      start: z.int(),
      end: z.int(),
    }),
  ),
  /** What an application would declare for this message: names and street addresses are found by no other means. */
  personalValues: z.array(z.string()).optional(),
});

/** A labelled message. All people in it are invented. */
export type CorpusMessage = z.infer<typeof Message>;

/** Reads the labelled messages. They were written before the masking, and are not adjusted to it. */
export function readCorpus(): CorpusMessage[] {
  const lines = readFileSync(new URL('./notifications.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => Message.parse(JSON.parse(line)));
}

/** What a reader sees of a piece of markup or of a link, by other means than the code under test. */
export function readable(source: string): string {
  return decodePercent(
    source
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll(/&(#x?)?(\w+);/gi, (entity, numeric: string | undefined, name: string) => {
        if (numeric === undefined) return NAMED.get(name) ?? entity;
        return String.fromCodePoint(Number.parseInt(name, numeric.length === 2 ? 16 : 10));
      })
      .replaceAll('\u00ad', '')
      .replaceAll('\u00a0', ' '),
  );
}

const NAMED = new Map([
  ['amp', '&'],
  ['nbsp', ' '],
  ['shy', ''],
  ['eacute', 'é'],
  ['iacute', 'í'],
  ['uuml', 'ü'],
]);

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
