import { describe, expect, it } from 'vitest';
import { createBasicAuth } from './basic-auth.ts';

function header(text: string, encoding: BufferEncoding = 'utf8'): string {
  return `Basic ${Buffer.from(text, encoding).toString('base64')}`;
}

describe('createBasicAuth', () => {
  const check = createBasicAuth({ username: 'admin', password: 'pass:with:colons' });

  it('takes a password that contains colons', () => {
    expect(check(header('admin:pass:with:colons'))).toBe('ok');
  });

  it('does not care how the scheme is written', () => {
    expect(check(header('admin:pass:with:colons').replace('Basic', 'bAsIc'))).toBe('ok');
  });

  it('takes names and passwords beyond ASCII, composed or not', () => {
    const checkUtf8 = createBasicAuth({ username: 'jörg', password: 'пароль-ñ' });
    expect(checkUtf8(header('jörg:пароль-ñ'))).toBe('ok');
    expect(checkUtf8(header('jörg:пароль-ñ'.normalize('NFD')))).toBe('ok');
  });

  it('refuses the same text in Latin-1', () => {
    expect(createBasicAuth({ username: 'a', password: 'ñ' })(header('a:ñ', 'latin1'))).toBe('wrong');
  });

  it.each([
    ['no colon', header('admin')],
    ['an empty name', header(':pass:with:colons')],
    ['an empty password', header('admin:')],
    ['both empty', header(':')],
    ['a longer password', header('admin:pass:with:colons ')],
    ['a shorter password', header('admin:pass:with:colon')],
    ['the password up to its first colon', header('admin:pass')],
    ['another name', header('root:pass:with:colons')],
    ['no token', 'Basic '],
    ['only the scheme', 'Basic'],
    ['another scheme', 'Bearer abc'],
    ['something that is not base64', 'Basic ***'],
    ['two tokens', `${header('admin:pass:with:colons')} x`],
    ['an empty header', ''],
  ])('refuses %s', (_what, authorization) => {
    expect(check(authorization)).toBe('wrong');
  });

  it('tells a missing header from a wrong one', () => {
    expect(check(null)).toBe('missing');
  });
});
