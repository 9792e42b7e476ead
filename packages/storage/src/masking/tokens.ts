/** An unbroken run of letters, digits, `_`, `-` and `.`, in ASCII. */
export interface Token {
  readonly start: number;
  readonly end: number;
}

/** The shortest token that any detector asks for. */
const MIN_LENGTH = 9;
/** By character code. A table, because every character of every text is asked. */
const TOKEN_CHARACTERS = Uint8Array.from({ length: 128 }, (_, code) =>
  /[\w.-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Reads the tokens that are long enough to be a key or an id. */
export function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    if (isTokenCharacter(text.charCodeAt(index))) continue;
    if (index - start >= MIN_LENGTH) tokens.push({ start, end: index });
    start = index + 1;
  }
  if (text.length - start >= MIN_LENGTH) tokens.push({ start, end: text.length });
  return tokens;
}

export function isTokenCharacter(code: number): boolean {
  return code < 128 && TOKEN_CHARACTERS[code] === 1;
}
