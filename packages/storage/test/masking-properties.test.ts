import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskAddress, maskData, maskHtml, maskText } from '../src/masking/index.ts';
import { adversarialFamilies } from './corpus/adversarial.ts';
import { leavesResidue } from './corpus/measure.ts';

const RUNS = 300;
const MASKED = { level: 'masked' } as const;
const levels = fc.constantFrom('public', 'masked', 'private');

const lowerLetters = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), minLength, maxLength });
const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });

const email = fc
  .tuple(lowerLetters(3, 12), lowerLetters(3, 8))
  .map(([local, host]) => `${local}.q@${host}.example`);
const phone = fc
  .tuple(fc.constantFrom('+44 7700 ', '+1 202-', '+49 30 '), digits(7))
  .map(([prefix, rest]) => prefix + rest);
const card = digits(12).map((rest) => `4111 ${rest.slice(0, 4)} ${rest.slice(4, 8)} ${rest.slice(8)}`);
const personal = fc.oneof(email, phone, card);

/** Ways to write a value that a reader does not notice in a text. */
const inText: Record<string, (value: string) => string> = {
  plain: (value) => value,
  'zero-width characters': (value) => [...value].join('\u200b'),
  'soft hyphens': (value) => [...value].join('\u00ad'),
  'full-width characters': (value) =>
    value.replaceAll(/[0-9@.+-]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0)),
  'no-break spaces': (value) => value.replaceAll(' ', '\u00a0'),
  'percent-encoding': (value) => value.replaceAll(/[@+ ]/g, (character) => encodeURIComponent(character)),
  'numeric entities': (value) => [...value].map((character) => `&#${character.charCodeAt(0)};`).join(''),
};

/** The same in markup, where there are more. */
const inHtml: Record<string, (value: string) => string> = {
  ...inText,
  'hexadecimal entities': (value) =>
    [...value].map((character) => `&#x${character.charCodeAt(0).toString(16)};`).join(''),
  'named entities': (value) =>
    value.replaceAll('@', '&commat;').replaceAll('.', '&period;').replaceAll('+', '&plus;'),
  'split tags': (value) =>
    [...value].map((character, index) => (index % 3 === 0 ? `<b>${character}</b>` : character)).join(''),
  'tags around the middle': (value) =>
    `${value.slice(0, 4)}<span style="color:red">${value.slice(4, 9)}</span>${value.slice(9)}`,
  comments: (value) => `${value.slice(0, 5)}<!-- x -->${value.slice(5)}`,
};

const inAttribute: Record<string, (value: string) => string> = {
  title: (value) => `<p title="${value}">x</p>`,
  alt: (value) => `<img alt='${value}'>`,
  href: (value) => `<a href="https://example.com/?q=${encodeURIComponent(value)}">x</a>`,
  mailto: (value) => `<a href="mailto:${value}">x</a>`,
  data: (value) => `<p data-x="${value}">x</p>`,
  value: (value) => `<input value="${value}">`,
  comment: (value) => `<!-- ${value} --><p>x</p>`,
};

describe('masking, whatever it is given', () => {
  it.each(Object.entries(inText))('leaves nothing of a value in a text with %s', (_, write) => {
    fc.assert(
      fc.property(personal, (value) => {
        expect(visible(maskText(`Please note ${write(value)}, thanks.`, MASKED))).not.toSatisfy(
          residueOf(value),
        );
      }),
      { numRuns: RUNS },
    );
  });

  it.each(Object.entries(inHtml))('leaves nothing of a value in markup with %s', (_, write) => {
    fc.assert(
      fc.property(personal, (value) => {
        expect(visible(maskHtml(`<p>Please note ${write(value)}, thanks.</p>`, MASKED))).not.toSatisfy(
          residueOf(value),
        );
      }),
      { numRuns: RUNS },
    );
  });

  it.each(Object.entries(inAttribute))(
    'leaves nothing of a value in the attribute or comment %s',
    (_, write) => {
      fc.assert(
        fc.property(personal, (value) => {
          expect(maskHtml(write(value), MASKED)).not.toSatisfy(residueOf(value));
        }),
        { numRuns: RUNS },
      );
    },
  );

  it('leaves nothing of a declared value, however it is written', () => {
    const write = fc.constantFrom(
      ...Object.values(inHtml),
      (value: string) => value.toUpperCase(),
      encodeURIComponent,
    );
    fc.assert(
      fc.property(lowerLetters(4, 10), lowerLetters(4, 10), write, (first, last, writeValue) => {
        // No word here is as long as the shortest rest that is looked for: "Hello" holds "ell", which a name may hold, too.
        const html = `<p>Hi ${writeValue(`${first} ${last}`)}! <i>${first}</i></p>`;
        const output = visible(
          maskHtml(html, { ...MASKED, personalValues: [`${first} ${last}`] }),
        ).toLowerCase();
        expect(output.includes(first.slice(1)) || output.includes(last.slice(1))).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });

  it('gives the same length for values of different lengths', () => {
    fc.assert(
      fc.property(lowerLetters(3, 30), lowerLetters(3, 30), (one, other) => {
        const mask = (value: string) =>
          maskText(`${value}@example.com and ${value}.`, { ...MASKED, personalValues: [value] });
        fc.pre(![one, other].some((value) => 'example com and'.includes(value)));
        expect(mask(one).length).toBe(mask(other).length);
      }),
      { numRuns: RUNS },
    );
  });

  it('never throws, gives the same twice, and changes nothing of its own output', { timeout: 60_000 }, () => {
    const pieces = fc.oneof(
      personal,
      fc.string({ unit: 'binary' }),
      fc.constantFrom('code ', 'https://a.test/', '<b>', '</b>', '&#', '%4', '12', '*', ' ', '"', '@', '.'),
    );
    const text = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, levels, fc.array(fc.string(), { maxLength: 3 }), (source, level, personalValues) => {
        for (const mask of [maskText, maskHtml]) {
          const once = mask(source, { level, personalValues });
          expect(mask(source, { level, personalValues })).toBe(once);
          expect(mask(once, { level, personalValues })).toBe(once);
        }
      }),
      { numRuns: RUNS * 3 },
    );
  });

  it('turns any data into JSON without throwing or changing it', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withObjectString: true,
      withTypedArray: true,
      withSparseArray: true,
    });
    fc.assert(
      fc.property(anything, levels, (value, level) => {
        const before = fc.stringify(value);
        const masked = maskData(value, { level });
        expect(JSON.parse(JSON.stringify(masked))).toEqual(masked);
        expect(fc.stringify(value)).toBe(before);
        expect(typeof maskAddress('email', value, level)).toBe('string');
      }),
      { numRuns: RUNS },
    );
  });

  it.each(Object.entries(adversarialFamilies))(
    'ends in time on a quarter of a mebibyte of %s',
    { timeout: 60_000 },
    (name, build) => {
      const mask = name.startsWith('html') ? maskHtml : maskText;
      const personalValues = name.startsWith('personal')
        ? Array.from({ length: 200 }, (_, index) => `${'a'.repeat(index % 60)}b${index}`)
        : [];
      expect(typeof mask(build(2 ** 18), { ...MASKED, personalValues })).toBe('string');
    },
  );
});

/** What is left when tags are taken away; residue across tags counts. */
function visible(html: string): string {
  return html.replaceAll(/<[^>]*>/g, '').replaceAll(/[\u200b\u00ad]/g, '');
}

function residueOf(value: string): (output: string) => boolean {
  const joined = value.replaceAll(/[ -]/g, '');
  return (output) =>
    leavesResidue(output, value) ||
    (/^[+\d]+$/.test(joined) && leavesResidue(output.replaceAll(/[ -]/g, ''), joined));
}
