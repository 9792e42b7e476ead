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

/** An address of any shape as one masked line. */
export function maskAddressOf(channel: string, address: unknown): string {
  return maskAddress(channel, address, 'masked');
}
