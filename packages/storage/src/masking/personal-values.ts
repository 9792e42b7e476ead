import { isUnspacedScript, isWord } from './characters.ts';
import { maskLocalPart } from './email.ts';
import { createTextView, type Finding } from './text-view.ts';

/** Finds declared values in texts. Built once for a row, used for each of its texts. */
export interface PersonalValueMatcher {
  find(text: string): Finding[];
}

/** Values of fewer characters than this are only masked where they stand as words. */
const MIN_LENGTH_ANYWHERE = 3;
/** Words of a value, such as a first name alone, are masked too from this length on. */
const MIN_WORD_LENGTH = 3;

/** A node of the automaton: where each next character leads, where to go on after a mismatch, and the values that end here, longest first. */
interface State {
  readonly next: Map<number, State>;
  readonly depth: number;
  fallback: State | null;
  /** The length of the longest value ending here that counts anywhere. */
  anywhere: number;
  /** The length of a value ending here that counts as a word only, when there is one. */
  asWord: number;
  /** The nearest state along the fallbacks where a value ends that counts as a word. */
  shorterWord: State | null;
}

/** A text without case, accents and runs of white space, with the position each of its characters came from. */
interface FoldedText {
  readonly text: string;
  /** One more than the text has characters: the last is the length of the source. */
  readonly starts: readonly number[];
}

/**
 * Prepares to find values by one pass over a text, however many values there are (Aho–Corasick). Case, accents, kind and amount of white space, and
 * `+` for a space make no difference.
 */
export function createPersonalValueMatcher(values: readonly string[]): PersonalValueMatcher | null {
  const root = createState(0);
  for (const value of values) addValue(root, value);
  if (root.next.size === 0) return null;
  linkFallbacks(root);
  return { find: (text) => findValues(root, text) };
}

/** `J***` for a name; `***` for what starts with no letter or is too short to show its first. */
function maskPersonalValue(value: string): string {
  return /^\p{L}/u.test(value) ? maskLocalPart(value) : '***';
}

function addValue(root: State, value: string): void {
  const folded = fold(createTextView(value).text).text.trim();
  if (!/[\p{L}\p{N}]/u.test(folded)) return;
  const isShort = [...folded].length < MIN_LENGTH_ANYWHERE;
  addPattern(root, folded, isShort ? 'word' : 'anywhere');
  const words = folded.split(/[^\p{L}\p{N}\p{M}]+/u);
  if (words.length < 2 || folded.includes('@')) return;
  const isAddress = /\d/.test(folded);
  for (const word of words) if (isNameWord(word, isAddress)) addPattern(root, word, 'word');
}

/** A word that names someone: not a house number, which stands in prices and dates as well, and not what every address has. */
function isNameWord(word: string, isAddress: boolean): boolean {
  if (word.length < MIN_WORD_LENGTH || !/\p{L}/u.test(word) || PARTICLES.has(word)) return false;
  return !isAddress || !ADDRESS_WORDS.has(word);
}

const PARTICLES: ReadonlySet<string> = new Set(
  'and the von van der den del della des las los dos das bin ibn mrs miss herr frau'.split(' '),
);
const ADDRESS_WORDS: ReadonlySet<string> = new Set(
  'flat unit suite floor street road avenue view lane rue strasse calle city house'.split(' '),
);

function addPattern(root: State, pattern: string, kind: 'anywhere' | 'word'): void {
  let state = root;
  for (let index = 0; index < pattern.length; index++) {
    const code = pattern.charCodeAt(index);
    const next = state.next.get(code) ?? createState(index + 1);
    state.next.set(code, next);
    state = next;
  }
  if (kind === 'anywhere') state.anywhere = pattern.length;
  else state.asWord = pattern.length;
}

function createState(depth: number): State {
  return { next: new Map(), depth, fallback: null, anywhere: 0, asWord: 0, shorterWord: null };
}

/** Breadth first, so that a state's fallback, which is nearer to the root, is complete before it. */
function linkFallbacks(root: State): void {
  const queue: State[] = [root];
  for (const state of queue) {
    for (const [code, child] of state.next) {
      child.fallback = state === root ? root : follow(state.fallback ?? root, code);
      child.anywhere = Math.max(child.anywhere, child.fallback.anywhere);
      child.shorterWord = child.fallback.asWord > 0 ? child.fallback : child.fallback.shorterWord;
      queue.push(child);
    }
  }
}

function follow(state: State, code: number): State {
  let from: State | null = state;
  while (from !== null) {
    const next = from.next.get(code);
    if (next !== undefined) return next;
    if (from.fallback === null) return from;
    from = from.fallback;
  }
  return state;
}

function findValues(root: State, source: string): Finding[] {
  const folded = fold(source);
  const { text, starts } = folded;
  const findings: Finding[] = [];
  let state = root;
  for (let index = 0; index < text.length; index++) {
    state = follow(state, text.charCodeAt(index));
    const length = longestMatch(state, text, index + 1);
    if (length === 0) continue;
    const start = starts[index + 1 - length] ?? 0;
    const end = endOf(folded, index);
    if (!source.startsWith('***', end))
      findings.push({ start, end, mask: maskPersonalValue(source.slice(start, end)) });
  }
  return findings;
}

/** The longest value that ends at `end`. Words are tried from the longest on; at most one of them starts at a word boundary per distinct start. */
function longestMatch(state: State, text: string, end: number): number {
  let word = state.asWord > 0 ? state : state.shorterWord;
  if (word !== null && endsWord(text, end)) {
    for (; word !== null && word.depth > state.anywhere; word = word.shorterWord) {
      if (startsWord(text, end - word.asWord)) return word.asWord;
    }
  }
  return state.anywhere;
}

function startsWord(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1);
  return !isWord(before) || isUnspacedScript(before) || isUnspacedScript(text.charCodeAt(start));
}

function endsWord(text: string, end: number): boolean {
  const after = text.charCodeAt(end);
  return !isWord(after) || isUnspacedScript(after) || isUnspacedScript(text.charCodeAt(end - 1));
}

/** Marks that people leave out. Vowel signs of Indic scripts are none of them. */
const ACCENTS = /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]/g;
const foldedCharacters = new Map<string, string>();
/** A text has far fewer different characters; the limit is for hostile ones. */
const MAX_FOLDED_CHARACTERS = 8192;

function fold(source: string): FoldedText {
  const starts: number[] = [];
  let text = '';
  let isAfterSpace = false;
  for (let index = 0; index < source.length; ) {
    const character = characterAt(source, index);
    const folded = foldCharacter(character);
    if (folded !== ' ' || !isAfterSpace) {
      text += folded;
      for (let unit = 0; unit < folded.length; unit++) starts.push(index);
    }
    if (folded !== '') isAfterSpace = folded === ' ';
    index += character.length;
  }
  starts.push(source.length);
  return { text, starts };
}

/** Where the character at `index` of a folded text ends in its source: where the next one starts that is not folded from the same. */
function endOf({ starts }: FoldedText, index: number): number {
  const start = starts[index] ?? 0;
  let next = index + 1;
  while ((starts[next] ?? Number.POSITIVE_INFINITY) === start) next++;
  return starts[next] ?? start;
}

function characterAt(source: string, index: number): string {
  const code = source.charCodeAt(index);
  if (code < 0xd800 || code > 0xdbff) return source[index] ?? '';
  return String.fromCodePoint(source.codePointAt(index) ?? code);
}

/** One space for any white space and for `+`; lower case without accents for a letter; nothing for a combining mark. */
function foldCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x80) return foldAscii(code, character);
  const known = foldedCharacters.get(character);
  if (known !== undefined) return known;
  const bare = character.normalize('NFKD').toLowerCase().normalize('NFKD').replaceAll(ACCENTS, '');
  const folded = /^\s+$/.test(bare) ? ' ' : (LIGATURES.get(bare) ?? bare);
  if (foldedCharacters.size < MAX_FOLDED_CHARACTERS) foldedCharacters.set(character, folded);
  return folded;
}

/** Letters that people write as others where a keyboard lacks them, and that no decomposition reaches. */
const LIGATURES: ReadonlyMap<string, string> = new Map([
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['ł', 'l'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['þ', 'th'],
  ['ı', 'i'],
  ['’', "'"],
  ['‘', "'"],
]);

function foldAscii(code: number, character: string): string {
  if (code <= 32 || code === 43) return ' ';
  return code >= 65 && code <= 90 ? String.fromCharCode(code + 32) : character;
}
