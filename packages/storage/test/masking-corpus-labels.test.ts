import { describe, expect, it } from 'vitest';
import { corpusSpanTypes, readable, readCorpus } from './corpus/corpus.ts';

describe('the labelled corpus', () => {
  const corpus = readCorpus();

  it('points at each value where it stands', () => {
    for (const { id, text, spans } of corpus) {
      for (const { value, start, end } of spans) {
        expect(`${id}: ${readable(text.slice(start, end))}`).toBe(`${id}: ${value}`);
      }
    }
  });

  it('lists spans in order and without overlap', () => {
    for (const { id, spans } of corpus) {
      for (const [index, { start }] of spans.entries()) {
        expect(start, id).toBeGreaterThanOrEqual(spans[index - 1]?.end ?? 0);
      }
    }
  });

  it('declares every name and street address as a personal value', () => {
    for (const { id, spans, personalValues = [] } of corpus) {
      const declared = personalValues.join(' ').toLowerCase();
      for (const { type, value } of spans) {
        if (type === 'name' || type === 'address') expect(declared, id).toContain(value.toLowerCase());
      }
    }
  });

  it('has 240 messages or more with unique ids, a third of them clean', () => {
    expect(new Set(corpus.map(({ id }) => id)).size).toBe(corpus.length);
    expect(corpus.length).toBeGreaterThanOrEqual(240);
    const clean = corpus.filter(({ spans }) => spans.length === 0);
    expect(clean.length / corpus.length).toBeGreaterThanOrEqual(0.33);
  });

  it('holds every type of value, and one-time codes in twelve languages or more', () => {
    expect(new Set(corpus.flatMap(({ spans }) => spans.map(({ type }) => type)))).toEqual(
      new Set(corpusSpanTypes),
    );
    const withCode = corpus.filter(({ spans }) => spans.some(({ type }) => type === 'one_time_code'));
    expect(new Set(withCode.map(({ language }) => language)).size).toBeGreaterThanOrEqual(12);
  });
});
