/** Stands in for a vendor of language models: pure functions, so that the same article always reads the same. */

const OPENINGS: Readonly<Record<string, string>> = {
  city: 'The town has something to talk about',
  sports: 'It was decided in the last minute',
  science: 'Researchers looked twice before they believed it',
};

const DICTIONARIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  de: { the: 'die', town: 'Stadt', it: 'es', was: 'war', before: 'bevor', last: 'letzten', and: 'und' },
  es: { the: 'la', town: 'ciudad', it: 'ello', was: 'fue', before: 'antes', last: 'último', and: 'y' },
  fr: { the: 'la', town: 'ville', it: 'il', was: 'était', before: 'avant', last: 'dernière', and: 'et' },
};

export function writeArticle(title: string, topic: string): string {
  return `${OPENINGS[topic] ?? 'Here is what we know'}: ${title}. More follows, and our reporters stay with it.`;
}

export function describeForSearch(title: string, body: string): { slug: string; description: string } {
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return { slug, description: body.slice(0, 155) };
}

/** Word by word, as far as the dictionary goes. */
export function translateText(text: string, language: string): string {
  const dictionary = DICTIONARIES[language] ?? {};
  return text.replaceAll(/\p{L}+/gu, (word) => dictionary[word.toLowerCase()] ?? word);
}

/** 0 to 100: the shorter the words, the easier to read. */
export function scoreText(text: string): number {
  const words = text.match(/\p{L}+/gu) ?? [];
  const letters = words.join('').length;
  return words.length === 0 ? 0 : Math.max(0, Math.round(130 - (letters / words.length) * 12));
}
