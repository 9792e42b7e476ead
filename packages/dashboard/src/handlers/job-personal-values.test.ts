import type { JsonValue } from '@townkrier/core';
import { describe, expect, it } from 'vitest';
import { addressesOf, hidePersonalValues, personalValuesOf } from './job-personal-values.ts';

function stored(content: JsonValue): JsonValue {
  return {
    format: 1,
    id: 'n1',
    type: 'account.code',
    version: 1,
    content,
    recipient: { email: { email: 'ada@example.com', name: 'Ada' } },
    deliveries: [
      { idempotencyKey: 'key-1', channel: 'email', address: { email: 'ada@example.com', name: 'Ada' } },
    ],
    priority: 'normal',
    metadata: { source: 'signup' },
  };
}

describe('personalValuesOf', () => {
  it('takes the texts and long numbers of a payload and of the addresses', () => {
    const payload = stored({
      kind: 'payload',
      payload: { name: 'Grace', code: 471_199, count: 3, nested: [{ city: 'Oslo' }] },
    });
    expect(personalValuesOf({ payload }).toSorted()).toEqual([
      '471199',
      'Ada',
      'Grace',
      'Oslo',
      'ada@example.com',
    ]);
  });

  it('takes the values rendered messages were made with, not their prose', () => {
    const payload = stored({
      kind: 'messages',
      messages: { email: { subject: 'Welcome', text: 'Hello Grace, the connection is ready' } },
      personalValues: ['Grace'],
    });
    expect(personalValuesOf({ payload }).toSorted()).toEqual(['Ada', 'Grace', 'ada@example.com']);
  });

  it('does not take ids, types and settings of the notification', () => {
    const values = personalValuesOf({ payload: stored({ kind: 'fields', fields: {} }) });
    for (const word of ['email', 'key-1', 'account.code', 'normal', 'signup', 'fields'])
      expect(values).not.toContain(word);
  });

  it('takes every text of any other job', () => {
    expect(personalValuesOf({ payload: { report: 'monthly', owner: { mail: 'a@b.example' } } })).toEqual([
      'monthly',
      'a@b.example',
    ]);
    expect(personalValuesOf({ payload: 'plain' })).toEqual(['plain']);
    expect(personalValuesOf({ payload: null })).toEqual([]);
  });

  it('leaves out what stands for nobody: short texts, prose, names of encoded types', () => {
    const payload = {
      at: { $type: 'date', value: '2026-11-22T09:00:00.000Z' },
      lang: 'en',
      text: 'word '.repeat(100),
    };
    expect(personalValuesOf({ payload })).toEqual(['2026-11-22T09:00:00.000Z']);
  });

  it('is bounded for a payload that is a data set', () => {
    const payload = Array.from({ length: 10_000 }, (_, index) => `row ${index}`);
    expect(personalValuesOf({ payload })).toHaveLength(500);
  });
});

describe('hidePersonalValues', () => {
  it('keeps keys, kinds and settings, and hides every text about people', () => {
    const payload = stored({
      kind: 'payload',
      payload: { name: 'Grace', code: 471_199, count: 3, isNew: true },
    });
    expect(hidePersonalValues(payload)).toEqual({
      format: 1,
      id: 'n1',
      type: 'account.code',
      version: 1,
      content: { kind: 'payload', payload: { name: '***', code: '***', count: 3, isNew: true } },
      recipient: { email: { email: '***', name: '***' } },
      deliveries: [{ idempotencyKey: 'key-1', channel: 'email', address: { email: '***', name: '***' } }],
      priority: 'normal',
      metadata: { source: 'signup' },
    });
  });

  it('hides all texts of any other job', () => {
    expect(hidePersonalValues({ report: 'monthly', rows: [1, 123_456] })).toEqual({
      report: '***',
      rows: [1, '***'],
    });
  });
});

describe('addressesOf', () => {
  it('lists the addresses of a notification in its order, and none of any other job', () => {
    expect(addressesOf(stored({ kind: 'fields', fields: {} }))).toEqual([
      { channel: 'email', address: { email: 'ada@example.com', name: 'Ada' } },
    ]);
    expect(addressesOf({ deliveries: [{ channel: 'email', address: 'x' }] })).toEqual([]);
    expect(addressesOf(null)).toEqual([]);
  });
});
