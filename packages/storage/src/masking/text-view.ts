import { decodeHTML } from 'entities/decode';

/**
 * A stretch of a view and where it stands in the source. Equal lengths mean position by position; otherwise the stretch is one decoded or removed
 * thing and stands for the whole source range.
 */
interface Piece {
  readonly viewStart: number;
  readonly viewEnd: number;
  readonly sourceStart: number;
  readonly sourceEnd: number;
}

/** A text as detectors should see it: characters decoded, look-alikes folded, invisible ones gone. `pieces` is `null` when nothing differs. */
export interface TextView {
  readonly text: string;
  readonly pieces: readonly Piece[] | null;
}

/** Something to replace, in positions of a view, `end` exclusive. */
export interface Finding {
  readonly start: number;
  readonly end: number;
  readonly mask: string;
}

/** Where a percent-encoded space of a link is kept apart from a real space, which would end the link. */
const ENCODED_SPACE = '\u2007';

/** Whatever may not stand for itself: `&`, `%`, spaces and dashes of typography, invisible characters, digits of other scripts, full-width ones. */
const SPECIAL =
  /[&%\u00a0\u00ad\u061c\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u180e\u2000-\u2015\u202a-\u202f\u205f-\u206f\u2212\u3000\ufe6b\ufeff\uff01-\uff5e]|\u034f|[\ufe00-\ufe0f]/g;
/** The same, and white space that HTML shows as something else: more than one, or not a space. */
const SPECIAL_OR_SPACE = new RegExp(`${SPECIAL.source}|[\\t\\n\\f\\r]| (?=[ \\t\\n\\f\\r])`, 'g');
const ENTITY = /&(?:#[xX][0-9a-fA-F]{1,6};?|#[0-9]{1,7};?|[A-Za-z][A-Za-z0-9]{1,31};)/y;
/** Most entities of a message are these; the decoder for all others takes longer to start. */
const COMMON_ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&nbsp;', '\u00a0'],
]);
/** Encoded letters, digits and the marks inside addresses and numbers. Delimiters stay encoded, so that links keep their parts. */
const PERCENT =
  /%(?:2[0BDEbde]|3[0-9]|40|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|[Cc][2-9A-Fa-f]%[89ABab][0-9A-Fa-f]|[Dd][0-9A-Fa-f]%[89ABab][0-9A-Fa-f]|[Ee][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){2}|[Ff][0-4](?:%[89ABab][0-9A-Fa-f]){3})/y;

/** The view of a plain text. Most texts are their own view. */
export function createTextView(source: string): TextView {
  SPECIAL.lastIndex = 0;
  if (!SPECIAL.test(source)) return { text: source, pieces: null };
  const builder = new TextViewBuilder(source, false);
  builder.addText(0, source.length);
  return builder.build();
}

/** Builds a view of pieces of one source, in source order. */
export class TextViewBuilder {
  readonly #source: string;
  readonly #pattern: RegExp;
  readonly #collapse: boolean;
  readonly #parts: string[] = [];
  readonly #pieces: Piece[] = [];
  /** Where the next special character stands, however far; kept, so that many short pieces do not each look for it. */
  #nextSpecial = -1;
  #length = 0;
  #endsWithSpace = true;

  /** @param collapse - Whether runs of white space become one space, as HTML shows them. */
  constructor(source: string, collapse: boolean) {
    this.#source = source;
    this.#collapse = collapse;
    this.#pattern = collapse ? SPECIAL_OR_SPACE : SPECIAL;
  }

  /** Adds what stands at `start` to `end` of the source. */
  addText(start: number, end: number): void {
    let copied = this.#collapse ? this.#addLeadingSpaces(start, end) : start;
    let position = this.#findSpecial(copied);
    while (position < end) {
      const special = readSpecial(this.#source, position, this.#collapse);
      if (special !== null) {
        this.#addCopy(copied, position);
        copied = Math.min(special.end, end);
        this.#add(special.text, position, copied);
      }
      position = this.#findSpecial(special === null ? position + 1 : copied);
    }
    this.#addCopy(copied, end);
  }

  /** Adds a separator that the source does not have as text: the end of a paragraph or of a table cell. */
  addBreak(sourcePosition: number): void {
    if (this.#length === 0 || this.#parts.at(-1) === '\n') return;
    this.#add('\n', sourcePosition, sourcePosition);
    this.#endsWithSpace = true;
  }

  build(): TextView {
    return { text: this.#parts.join(''), pieces: this.#pieces };
  }

  #findSpecial(position: number): number {
    if (this.#nextSpecial < position) {
      this.#pattern.lastIndex = position;
      this.#nextSpecial = this.#pattern.exec(this.#source)?.index ?? this.#source.length;
    }
    return this.#nextSpecial;
  }

  /** Spaces at the start of a text run show only where no space or break comes before. */
  #addLeadingSpaces(start: number, end: number): number {
    const spacesEnd = Math.min(skipHtmlSpaces(this.#source, start), end);
    if (spacesEnd > start) this.#add(this.#endsWithSpace ? '' : ' ', start, spacesEnd);
    return spacesEnd;
  }

  #addCopy(start: number, end: number): void {
    this.#add(this.#source.slice(start, end), start, end);
  }

  #add(text: string, sourceStart: number, sourceEnd: number): void {
    if (sourceStart === sourceEnd && text === '') return;
    const viewStart = this.#length;
    this.#length += text.length;
    this.#pieces.push({ viewStart, viewEnd: this.#length, sourceStart, sourceEnd });
    if (text === '') return;
    this.#parts.push(text);
    this.#endsWithSpace = text.endsWith(' ');
  }
}

/** Replaces findings (sorted, without overlap) in the source. What stands between the parts of a finding, such as a tag, stays. */
export function replaceFindings(source: string, view: TextView, findings: readonly Finding[]): string {
  if (findings.length === 0) return source;
  const parts: string[] = [];
  let copied = 0;
  const replace = (start: number, end: number, mask: string) => {
    parts.push(source.slice(copied, start), mask);
    copied = end;
  };
  if (view.pieces === null) for (const { start, end, mask } of findings) replace(start, end, mask);
  else replaceInPieces(view.pieces, findings, replace);
  parts.push(source.slice(copied));
  return parts.join('');
}

type Replace = (sourceStart: number, sourceEnd: number, mask: string) => void;

function replaceInPieces(pieces: readonly Piece[], findings: readonly Finding[], replace: Replace): void {
  let index = 0;
  for (const { start, end, mask } of findings) {
    while (pieces[index] !== undefined && (pieces[index] as Piece).viewEnd <= start) index++;
    let pending = mask;
    for (let piece = pieces[index]; piece !== undefined && piece.viewStart < end; piece = pieces[++index]) {
      const isLinear = piece.viewEnd - piece.viewStart === piece.sourceEnd - piece.sourceStart;
      const offset = piece.sourceStart - piece.viewStart;
      const from = isLinear ? Math.max(start, piece.viewStart) + offset : piece.sourceStart;
      const to = isLinear ? Math.min(end, piece.viewEnd) + offset : piece.sourceEnd;
      replace(from, to, pending);
      pending = '';
      if (piece.viewEnd > end) break;
    }
  }
}

function isHtmlSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 9 || code === 13 || code === 12;
}

function skipHtmlSpaces(source: string, start: number): number {
  let end = start;
  while (isHtmlSpace(source.charCodeAt(end))) end++;
  return end;
}

/** What a stretch of the source stands for, and where the stretch ends. */
interface Decoded {
  readonly text: string;
  readonly end: number;
}

/** @returns `null` for a `&` or `%` that starts nothing. */
function readSpecial(source: string, position: number, collapse: boolean): Decoded | null {
  const code = source.charCodeAt(position);
  if (collapse && isHtmlSpace(code)) return { text: ' ', end: skipHtmlSpaces(source, position) };
  if (code === 38) return decodeEntity(source, position);
  if (code === 37) return decodePercent(source, position);
  const folded = foldCharacter(code);
  return { text: folded === 0 ? '' : String.fromCharCode(folded), end: position + 1 };
}

function decodeEntity(source: string, position: number): Decoded | null {
  ENTITY.lastIndex = position;
  const entity = ENTITY.exec(source)?.[0];
  if (entity === undefined) return null;
  const text = COMMON_ENTITIES.get(entity) ?? decodeHTML(entity);
  return text === entity ? null : { text: foldAll(text), end: position + entity.length };
}

function decodePercent(source: string, position: number): Decoded | null {
  PERCENT.lastIndex = position;
  const encoded = PERCENT.exec(source)?.[0];
  if (encoded === undefined) return null;
  const end = position + encoded.length;
  if (encoded === '%20') return { text: ENCODED_SPACE, end };
  try {
    return { text: foldAll(decodeURIComponent(encoded)), end };
  } catch {
    return null; // Not UTF-8, such as a surrogate: then it is no character.
  }
}

function foldAll(text: string): string {
  let folded = '';
  for (let index = 0; index < text.length; index++) {
    const code = foldCharacter(text.charCodeAt(index));
    if (code !== 0) folded += String.fromCharCode(code);
  }
  return folded;
}

const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6];

/** The plain character that a full-width, foreign-digit or typographic one stands for; `0` for an invisible one. */
function foldCharacter(code: number): number {
  if (code < 0xa0) return code;
  if (code === 0xa0 || code === 0x3000 || code === 0x202f || code === 0x205f) return 32;
  if (code === 0xad || code === 0x034f || code === 0x061c || code === 0x180e || code === 0xfeff) return 0;
  if (code < 0x0660) return code;
  for (const zero of ZEROS) if (code >= zero && code <= zero + 9) return code - zero + 48;
  if (code < 0x2000) return code;
  if (code <= 0x200a) return code === 0x2007 ? code : 32;
  if (code <= 0x200f || (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f)) return 0;
  if ((code >= 0x2010 && code <= 0x2015) || code === 0x2212) return 45;
  // The full-width comma parts clauses, never thousands.
  if (code >= 0xff01 && code <= 0xff5e) return code === 0xff0c ? code : code - 0xfee0;
  if (code >= 0xfe00 && code <= 0xfe0f) return 0;
  return code === 0xfe6b ? 64 : code;
}
