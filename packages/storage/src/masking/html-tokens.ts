/** A piece of markup and where it stands in the source. */
export type HtmlToken =
  | { readonly kind: 'text'; readonly start: number; readonly end: number }
  | { readonly kind: 'open'; readonly name: string; readonly attributes: readonly HtmlAttribute[] }
  | { readonly kind: 'close'; readonly name: string };

export interface HtmlAttribute {
  readonly name: string;
  /** As written, entities and all. */
  readonly value: string;
}

/** Elements whose content is not text to read: it goes with them. */
const DROPPED_WITH_CONTENT: ReadonlySet<string> = new Set([
  'script',
  'style',
  'title',
  'textarea',
  'xmp',
  'iframe',
  'noembed',
  'noframes',
  'template',
]);

const TAG_NAME = /[A-Za-z][^\s/>]{0,63}/y;
const ATTRIBUTE_NAME = /[^\s/>=]+/y;
const UNQUOTED_VALUE = /[^\s>]*/y;
const SPACE_OR_SLASH = /[\s/]*/y;
const EQUALS = /\s*=\s*/y;

/**
 * Reads markup the way browsers do, as far as it matters for what is shown: comments, declarations, scripts and styles are left out, what is cut off in the
 * middle of a tag ends there. Never throws; each character is read a bounded number of times.
 */
export function* readHtmlTokens(source: string): Generator<HtmlToken> {
  let textStart = 0;
  let position = source.indexOf('<');
  while (position !== -1) {
    const markup = readMarkup(source, position);
    if (markup === null) {
      position = source.indexOf('<', position + 1);
      continue;
    }
    if (position > textStart) yield { kind: 'text', start: textStart, end: position };
    if (markup.token !== null) yield markup.token;
    textStart = markup.end;
    position = source.indexOf('<', markup.end);
  }
  if (textStart < source.length) yield { kind: 'text', start: textStart, end: source.length };
}

interface Markup {
  /** `null` for what is left out. */
  readonly token: HtmlToken | null;
  readonly end: number;
}

/** @returns `null` when the `<` is only a character. */
function readMarkup(source: string, start: number): Markup | null {
  if (source.startsWith('<!--', start)) return readComment(source, start);
  const next = source[start + 1] ?? '';
  if (next === '!' || next === '?') return { token: null, end: after(source, '>', start) };
  const isClosing = next === '/';
  const name = match(TAG_NAME, source, start + (isClosing ? 2 : 1)).toLowerCase();
  if (name === '')
    return isClosing && start + 2 < source.length ? { token: null, end: after(source, '>', start) } : null;
  return readTag(source, start + (isClosing ? 2 : 1) + name.length, { name, isClosing });
}

function readComment(source: string, start: number): Markup {
  if (source[start + 4] === '>') return { token: null, end: start + 5 };
  return { token: null, end: after(source, '-->', start + 4) };
}

function readTag(
  source: string,
  start: number,
  tag: { readonly name: string; readonly isClosing: boolean },
): Markup {
  const attributes: HtmlAttribute[] = [];
  let position = start;
  for (;;) {
    position += match(SPACE_OR_SLASH, source, position).length;
    if (position >= source.length) return { token: null, end: source.length };
    if (source[position] === '>') break;
    const attribute = readAttribute(source, position);
    if (attribute === null) return { token: null, end: source.length };
    attributes.push(attribute);
    position = attribute.end;
  }
  if (tag.isClosing) return { token: { kind: 'close', name: tag.name }, end: position + 1 };
  if (DROPPED_WITH_CONTENT.has(tag.name))
    return { token: null, end: endOfElement(source, tag.name, position + 1) };
  return { token: { kind: 'open', name: tag.name, attributes }, end: position + 1 };
}

/** @returns `null` when the source ends inside the value. */
function readAttribute(source: string, start: number): (HtmlAttribute & { readonly end: number }) | null {
  const name = match(ATTRIBUTE_NAME, source, start) || (source[start] ?? '');
  const nameEnd = start + name.length;
  const equals = match(EQUALS, source, nameEnd);
  if (equals === '') return { name: name.toLowerCase(), value: '', end: nameEnd };
  const valueStart = nameEnd + equals.length;
  const quote = source[valueStart];
  if (quote !== '"' && quote !== "'") {
    const value = match(UNQUOTED_VALUE, source, valueStart);
    return { name: name.toLowerCase(), value, end: valueStart + value.length };
  }
  const close = source.indexOf(quote, valueStart + 1);
  return close === -1
    ? null
    : { name: name.toLowerCase(), value: source.slice(valueStart + 1, close), end: close + 1 };
}

/** Where the element that is left out ends; the end of the source when it is never closed. */
function endOfElement(source: string, name: string, start: number): number {
  const closing = new RegExp(`</${name}[\\s/>]`, 'gi');
  closing.lastIndex = start;
  return closing.test(source) ? after(source, '>', closing.lastIndex - 1) : source.length;
}

function after(source: string, mark: string, start: number): number {
  const at = source.indexOf(mark, start);
  return at === -1 ? source.length : at + mark.length;
}

function match(pattern: RegExp, source: string, position: number): string {
  pattern.lastIndex = position;
  return pattern.exec(source)?.[0] ?? '';
}
