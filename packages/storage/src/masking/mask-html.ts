import { decodeHTMLAttribute } from 'entities/decode';
import { ContentPrivacy } from '../notification-log.ts';
import { type HtmlAttribute, type HtmlToken, readHtmlTokens } from './html-tokens.ts';
import { createMasker, type Masker, type MaskingOptions, untilStable } from './masker.ts';
import { replaceFindings, type TextView, TextViewBuilder } from './text-view.ts';

/** Elements that stay. None of them runs, loads, submits or frames anything by itself, but `img`, which the preview's policy keeps from loading. */
const KEPT_ELEMENTS: ReadonlySet<string> = new Set(
  (
    'a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em figcaption figure font ' +
    'footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section small span strike strong sub summary sup table tbody td ' +
    'tfoot th thead time tr tt u ul wbr'
  ).split(' '),
);

/** Elements that do not part words: what stands on both sides of their tags reads as one. All others do. */
const INLINE_ELEMENTS: ReadonlySet<string> = new Set(
  'a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup time tt u wbr'.split(
    ' ',
  ),
);

/** Attributes that stay. Their values are masked. */
const KEPT_ATTRIBUTES: ReadonlySet<string> = new Set(
  (
    'align alt aria-label aria-hidden bgcolor border cellpadding cellspacing class color colspan dir face height href lang role rowspan size src style title ' +
    'valign width'
  ).split(' '),
);

const VOID_ELEMENTS: ReadonlySet<string> = new Set(['br', 'col', 'hr', 'img', 'wbr']);
const LINK_ATTRIBUTES: ReadonlySet<string> = new Set(['href', 'src']);
/** Where a link may lead: the web, mail and phone, a part of the message, a place on the same site. */
const SAFE_LINK = /^(?:https?:|mailto:|tel:|sms:|cid:|#|\/|\?|[\w.-]+(?:$|[/?#]))/i;
const STYLE_THAT_LOADS = /url|expression|@import|\\|behaviou?r|-moz-binding/i;
/** Characters that browsers ignore in a link, and that hide its scheme from others. */
const IGNORED_IN_LINKS = /[\p{Cc} ]/gu;

/**
 * Masks a message in HTML as its reader sees it: entities are decoded, invisible characters left out, and a value that runs across inline tags is one
 * value. What is kept is safe to show: no scripts, styles, comments, forms, frames or handlers, and no link that runs anything. `private` returns `''`.
 * Masking a second time changes nothing.
 */
export function maskHtml(html: string, options: MaskingOptions): string {
  if (options.level === ContentPrivacy.PRIVATE) return '';
  const masker = createMasker(options);
  return untilStable(html, (current) => maskOnce(current, masker));
}

function maskOnce(html: string, masker: Masker): string {
  const { markup, view } = neutralise(html, masker);
  const findings = masker
    .find(view.text)
    .map((finding) => ({ ...finding, mask: escapeMarkup(finding.mask) }));
  return replaceFindings(markup, view, findings);
}

/** Rewrites markup so that only what is listed above is left of it, and keeps where its text stands. */
function neutralise(html: string, masker: Masker): { markup: string; view: TextView } {
  const output = new MarkupBuilder();
  for (const token of readHtmlTokens(html)) {
    if (token.kind === 'text') output.addText(html.slice(token.start, token.end));
    else output.addTag(token.name, KEPT_ELEMENTS.has(token.name) ? writeTag(token, masker) : '');
  }
  return output.build();
}

class MarkupBuilder {
  readonly #texts: [start: number, end: number][] = [];
  /** Numbers of the texts that a break comes before. */
  readonly #breaks: number[] = [];
  #markup = '';

  addText(text: string): void {
    const start = this.#markup.length;
    this.#markup += text.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    this.#texts.push([start, this.#markup.length]);
  }

  addTag(name: string, tag: string): void {
    if (!INLINE_ELEMENTS.has(name)) this.#breaks.push(this.#texts.length);
    this.#markup += tag;
  }

  build(): { markup: string; view: TextView } {
    const view = new TextViewBuilder(this.#markup, true);
    const breaks = new Set(this.#breaks);
    for (const [index, [start, end]] of this.#texts.entries()) {
      if (breaks.has(index)) view.addBreak(start);
      view.addText(start, end);
    }
    return { markup: this.#markup, view: view.build() };
  }
}

function writeTag(token: Exclude<HtmlToken, { kind: 'text' }>, masker: Masker): string {
  if (token.kind === 'close') return VOID_ELEMENTS.has(token.name) ? '' : `</${token.name}>`;
  return `<${token.name}${token.attributes.map((attribute) => writeAttribute(attribute, masker)).join('')}>`;
}

function writeAttribute({ name, value }: HtmlAttribute, masker: Masker): string {
  if (!KEPT_ATTRIBUTES.has(name)) return '';
  const decoded = decodeHTMLAttribute(value);
  const masked = maskAttribute(name, decoded, masker);
  return masked === null ? '' : ` ${name}="${escapeMarkup(masked)}"`;
}

/** @returns `null` when the attribute is left out. */
function maskAttribute(name: string, value: string, masker: Masker): string | null {
  if (name === 'style') return STYLE_THAT_LOADS.test(value) ? null : masker.maskText(value);
  if (!LINK_ATTRIBUTES.has(name)) return masker.maskText(value);
  const link = value.replaceAll(IGNORED_IN_LINKS, '');
  return SAFE_LINK.test(link) ? masker.maskLink(link) : null;
}

function escapeMarkup(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
