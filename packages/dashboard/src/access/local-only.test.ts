import { describe, expect, it } from 'vitest';
import { isLoopbackAddress, whyNotLocal } from './local-only.ts';

function request(headers: Record<string, string>): Request {
  return new Request('http://dashboard.invalid/', { headers });
}

describe('isLoopbackAddress', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('takes %s', (address) => {
    expect(isLoopbackAddress(address)).toBe(true);
  });

  it.each([
    undefined,
    '',
    'localhost',
    '10.0.0.1',
    '128.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    '127.0.0.1.evil.example',
    '0.0.0.0',
  ])('refuses %s', (address) => {
    expect(isLoopbackAddress(address)).toBe(false);
  });
});

describe('whyNotLocal', () => {
  it.each(['localhost', 'LOCALHOST:3000', 'app.localhost:80', '127.0.0.1:3000', '[::1]:3000', '[::1]'])(
    'lets in the host name %s',
    (host) => {
      expect(whyNotLocal(request({ host }), '127.0.0.1')).toBeNull();
    },
  );

  it.each([
    'evil.example',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    '[::2]:3000',
    '',
  ])('refuses the host name %j, as a rebound name would bring it', (host) => {
    expect(whyNotLocal(request({ host }), '127.0.0.1')).toContain('Host');
  });

  it('refuses a request without a host name', () => {
    expect(whyNotLocal(request({}), '127.0.0.1')).toContain('Host');
  });

  it.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'cf-connecting-ip', 'x-forwarded-host'])(
    'refuses what a proxy on this machine passes on, told by %s',
    (name) => {
      expect(whyNotLocal(request({ host: 'localhost', [name]: '127.0.0.1' }), '127.0.0.1')).toContain(name);
    },
  );

  it('refuses another machine, whatever it says about itself', () => {
    expect(whyNotLocal(request({ host: 'localhost' }), '192.168.0.7')).toContain('this machine');
  });
});
