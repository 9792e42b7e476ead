import libphonenumber from 'google-libphonenumber';
import { expect, it } from 'vitest';
import { maskText } from '../src/masking/index.ts';
import { formatShare, shareOf } from './corpus/measure.ts';

const { PhoneNumberFormat, PhoneNumberType, PhoneNumberUtil } = libphonenumber;
const phoneNumbers = PhoneNumberUtil.getInstance();

/** The example numbers of all regions and types, in a sentence. */
function examples(format: libphonenumber.PhoneNumberFormat): string[] {
  const types = Object.values(PhoneNumberType).filter((type) => typeof type === 'number');
  return phoneNumbers.getSupportedRegions().flatMap((region) =>
    types.flatMap((type) => {
      const example = phoneNumbers.getExampleNumberForType(region, type);
      return example ? [phoneNumbers.format(example, format)] : [];
    }),
  );
}

function measure(name: string, format: libphonenumber.PhoneNumberFormat): number {
  const numbers = examples(format);
  const missed = numbers.filter((number) => {
    const sentence = `Please answer ${number}, thank you.`;
    const digits = number.replaceAll(/\D/g, '');
    const kept = maskText(sentence, { level: 'masked' }).replaceAll(/\D/g, '');
    return kept.includes(digits) || kept.length > 6;
  });
  const share = shareOf(numbers.length - missed.length, numbers.length);
  console.info(`${name}: ${formatShare(share)}${missed.map((number) => `\n  missed: ${number}`).join('')}`);
  expect(numbers.length).toBeGreaterThan(1000);
  return share.share;
}

it.each([
  ['E.164', PhoneNumberFormat.E164],
  ['international', PhoneNumberFormat.INTERNATIONAL],
  ['RFC 3966', PhoneNumberFormat.RFC3966],
])('masks 999 of 1000 example numbers of all regions: %s', (name, format) => {
  expect(measure(name, format)).toBeGreaterThanOrEqual(0.999);
});

it('masks nine of ten in national form, where the shortest are no different from other numbers', () => {
  expect(measure('national', PhoneNumberFormat.NATIONAL)).toBeGreaterThanOrEqual(0.9);
});
