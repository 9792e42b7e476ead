/** What replaces digits that are surely a number of someone, and of which no kind is known. */
export const NUMBER_MASK = '[number]';

/** Ways cards are grouped. American Express and Diners have their own. */
const CARD_SHAPES: ReadonlySet<string> = new Set([
  '4-4-4-4',
  '4-6-5',
  '4-6-4',
  '4-4-4-4-3',
  '4-4-4-4-2',
  '4-4-4-1',
  '6-13',
  '4-4-5',
]);

/** Whether digits in these groups are shaped like a card number. */
export function isCardShape(digits: string, shape: string): boolean {
  return CARD_SHAPES.has(shape) || (digits.length >= 12 && digits.length <= 19 && !shape.includes('-'));
}

/** Whether digits are a card number by checksum and by the ranges that networks issue. */
export function isCardNumber(digits: string): boolean {
  return (
    digits.length >= 12 &&
    digits.length <= 19 &&
    /^(?:[3-6]|2[2-7]|1800|2131)/.test(digits) &&
    passesLuhn(digits)
  );
}

/** The checksum only decides the label: a mistyped card number is somebody's card number too. */
export function maskCard(digits: string): string {
  return isCardNumber(digits) ? `[card ****${digits.slice(-4)}]` : NUMBER_MASK;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
