import type { JsonValue } from '@townkrier/core';
import { maskAddress, maskData, maskText } from '@townkrier/storage';

/** Hides what is personal: what can be told by its shape, and the values it was made with, wherever they occur. */
export interface Masker {
  text(text: string): string;
  maybe(text: string | null): string | null;
  data(value: unknown): unknown;
  record(value: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** A masker for one job or row. */
export function createMasker(personalValues: readonly string[]): Masker {
  const options = { level: 'masked', personalValues } as const;
  return {
    text: (text) => maskText(text, options),
    maybe: (text) => (text === null ? null : maskText(text, options)),
    data: (value) => maskData(value, options),
    record: (value) =>
      Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, maskData(entry, options)])),
  };
}

/** The fields addresses are known by, in the order they are looked for. */
const ADDRESS_FIELDS = ['email', 'phone', 'deviceToken', 'userId', 'url', 'address', 'id'];

/** An address of any shape as one masked text; one of an unknown shape shows nothing. */
export function maskAddressOf(channel: string, address: JsonValue): string {
  const text = addressText(address);
  return text === null ? '***' : maskAddress(channel, text, 'masked');
}

function addressText(address: JsonValue): string | null {
  if (typeof address === 'string') return address;
  if (typeof address !== 'object' || address === null) return null;
  const values = ADDRESS_FIELDS.map((field): unknown => Reflect.get(address, field));
  return values.find((value): value is string => typeof value === 'string' && value !== '') ?? null;
}
