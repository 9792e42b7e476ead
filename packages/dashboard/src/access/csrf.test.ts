import { describe, expect, it } from 'vitest';
import { HttpError } from '../http/errors.ts';
import { REQUEST_HEADER, refuseForeignChange } from './csrf.ts';

function change(headers: Record<string, string>): () => void {
  const request = new Request('http://dashboard.invalid/api/jobs/1/retry', { method: 'POST', headers });
  return () => refuseForeignChange(request);
}

describe('refuseForeignChange', () => {
  it('lets a page of ours through when it sends the header', () => {
    expect(change({ 'sec-fetch-site': 'same-origin', [REQUEST_HEADER]: '1' })).not.toThrow();
  });

  it('lets a page of ours through over plain http, where browsers leave Sec-Fetch-Site out', () => {
    expect(change({ host: 'lan:3000', origin: 'http://lan:3000', [REQUEST_HEADER]: '1' })).not.toThrow();
  });

  it('lets through what comes from no browser', () => {
    expect(change({ host: 'localhost:3000' })).not.toThrow();
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port or subdomain', { 'sec-fetch-site': 'same-site' }],
    ['a request nobody made', { 'sec-fetch-site': 'none' }],
    [
      'another site that names our origin',
      { 'sec-fetch-site': 'cross-site', host: 'lan', origin: 'http://lan' },
    ],
    ['another origin', { host: 'lan:3000', origin: 'http://evil.example' }],
    ['another port', { host: 'lan:3000', origin: 'http://lan:4000' }],
    ['a host that begins like ours', { host: 'lan', origin: 'http://lan.evil.example' }],
    ['a sandboxed page', { host: 'lan', origin: 'null' }],
    ['an origin that is none', { host: 'lan', origin: '%' }],
    ['an origin where we have no host', { origin: 'http://lan' }],
  ])('refuses %s, header or not', (_what, headers) => {
    expect(change({ ...headers, [REQUEST_HEADER]: '1' })).toThrow(HttpError);
  });

  it('refuses a browser without the header, as a form of ours would come', () => {
    expect(change({ 'sec-fetch-site': 'same-origin' })).toThrow(REQUEST_HEADER);
    expect(change({ host: 'lan', origin: 'http://lan' })).toThrow(REQUEST_HEADER);
  });
});
