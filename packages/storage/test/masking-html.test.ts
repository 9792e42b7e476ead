import { describe, expect, it } from 'vitest';
import { maskHtml } from '../src/masking/index.ts';

const mask = (html: string, personalValues: readonly string[] = []) =>
  maskHtml(html, { level: 'masked', personalValues });

describe('masking markup', () => {
  it('keeps tags and hides what stands in them', () => {
    expect(mask('<p>To <b>ada@example.com</b></p>')).toBe(
      '<p>To <b>***@example.com</b></p>'.replace('***', 'a***'),
    );
  });

  it('sees one value across inline tags, and two across blocks', () => {
    expect(mask('<b>jo</b>hn@exam<i>ple.com</i>')).toBe('<b>j***@example.com</b><i></i>');
    expect(mask('<p>555</p><p>0134</p>')).toBe('<p>555</p><p>0134</p>');
  });

  it('sees through entities and invisible characters', () => {
    expect(mask('liam&#64;example&period;com')).toBe('l***@example.com');
    expect(mask('ra&shy;vi\u200b@example.com')).toBe('r***@example.com');
  });

  it('reads a code that is laid out digit by digit', () => {
    const cells = [...'482913'].map((digit) => `<td>${digit}</td>`).join('\n');
    expect(mask(`<p>Your code</p><table><tr>${cells}</tr></table>`)).not.toMatch(/[1-9]/);
  });

  it('hides values in links, titles and alternative texts', () => {
    expect(mask('<a href="mailto:ada.l@example.com?subject=hi" title="Mail ada.l@example.com">x</a>')).toBe(
      '<a href="mailto:a***@example.com?subject=***" title="Mail a***@example.com">x</a>',
    );
    expect(mask('<a href="/reset?token=abc">x</a>')).toBe('<a href="/reset?token=***">x</a>');
    expect(mask('<a href="tel:+447700900123">x</a>')).toBe('<a href="tel:+44*****23">x</a>');
    expect(mask('<img src="https://example.com/o.gif?u=1" alt="For Ada">', ['Ada'])).toBe(
      '<img src="https://example.com/o.gif?u=***" alt="For A***">',
    );
  });

  it.each([
    ['scripts', '<script>steal("ada@example.com")</script>ok'],
    ['scripts in capitals and with attributes', '<SCRIPT type="x">1</SCRIPT >ok'],
    ['styles', '<style>p{background:url(//x)}</style>ok'],
    ['comments', '<!-- ada@example.com -->ok'],
    ['declarations', '<!doctype html><?xml version="1.0"?>ok'],
    ['templates and hidden texts', '<template><b>x</b></template><textarea>x</textarea><title>x</title>ok'],
  ])('leaves out %s', (_, html) => {
    expect(mask(html)).toBe('ok');
  });

  it.each([
    '<img src=x onerror=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java\nscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<svg onload=alert(1)><script>alert(1)</script></svg>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<form action="javascript:alert(1)"><button formaction="javascript:alert(1)">x</button></form>',
    '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
    '<<script>alert(1)//<</script>',
    '<p title="&quot;><script>alert(1)</script>">x</p>',
    '<base href="javascript:alert(1)//">',
    '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
  ])('keeps nothing that runs of %s', (html) => {
    for (const level of ['masked', 'public'] as const) {
      const output = maskHtml(html, { level });
      expect(output).not.toMatch(/<(?:script|svg|math|iframe|form|base|object|embed)|javascript:|\son\w+=/i);
    }
  });

  it('leaves a message that holds nothing personal as its reader saw it', () => {
    const html = '<h1 style="color:#333">Sale</h1><p>Save <b>30&nbsp;%</b> until 31.03.</p>';
    expect(mask(html)).toBe(html);
  });

  it('ends what is cut off in the middle of a tag there', () => {
    expect(mask('ok<a href="ada@example.com')).toBe('ok');
    expect(mask('1 < 2 and 3 > 2')).toBe('1 &lt; 2 and 3 &gt; 2');
  });

  it('returns an empty text at level private', () => {
    expect(maskHtml('<p>x</p>', { level: 'private' })).toBe('');
  });
});
