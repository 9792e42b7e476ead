/** Parts of a key's name that mark its value as a secret wherever they occur. Holds what Sentry and Rails filter by default. */
const SECRET_PARTS = [
  'passw',
  'passphrase',
  'passcode',
  'secret',
  'apikey',
  'accesskey',
  'privatekey',
  'signingkey',
  'credential',
  'mysqlpwd',
  'token',
  'bearer',
  'crypt',
  'certificate',
  'authorization',
  'authentication',
  'cookie',
  'sessionid',
  'signature',
  'onetime',
  'cardnumber',
  'creditcard',
  'securitycode',
];

/** The same, but only as a whole word of the name: `otp` in `userOtp`, not in `footprint`. */
const SECRET_WORDS: ReadonlySet<string> = new Set([
  'auth',
  'pwd',
  'pass',
  'otp',
  'totp',
  'pin',
  'tan',
  'cvv',
  'cvv2',
  'cvc',
  'salt',
  'ssn',
  'pan',
  'jwt',
  'csrf',
  'xsrf',
  'nonce',
  'sig',
  'hmac',
]);

/** Names that look like those and tell nothing: a count of tokens, a key that names a thing. */
const PLAIN_NAMES: ReadonlySet<string> = new Set([
  'idempotencykey',
  'sortkey',
  'templatekey',
  'messagekey',
  'tokens',
  'tokencount',
  'maxtokens',
  'totaltokens',
]);

/** Words of a key's name that mark its value as personal: names, addresses, birth dates. */
const PERSONAL_NAMES: ReadonlySet<string> = new Set([
  'email',
  'mail',
  'firstname',
  'lastname',
  'fullname',
  'surname',
  'givenname',
  'familyname',
  'middlename',
  'maidenname',
  'displayname',
  'username',
  'nickname',
  'customername',
  'recipientname',
  'phone',
  'phonenumber',
  'mobile',
  'mobilenumber',
  'msisdn',
  'fax',
  'address',
  'streetaddress',
  'street',
  'addressline',
  'addressline1',
  'addressline2',
  'postaladdress',
  'homeaddress',
  'billingaddress',
  'shippingaddress',
  'dob',
  'dateofbirth',
  'birthdate',
  'birthday',
  'passportnumber',
  'nationalid',
  'taxid',
  'devicetoken',
  'iban',
  'accountnumber',
  'ip',
  'ipaddress',
]);

/** Whether the value under a key is a secret by the key's name, whatever it looks like. */
export function isSecretKey(key: string): boolean {
  const name = compact(key);
  if (PLAIN_NAMES.has(name)) return false;
  if (SECRET_PARTS.some((part) => name.includes(part))) return true;
  const words = wordsOf(key);
  return words.some((word) => SECRET_WORDS.has(word)) || (words.length > 1 && words.at(-1) === 'key');
}

/** Whether a key names a code, which is a secret if its value looks like one: `482913`, not `CHANNEL_REJECTED`. */
export function isCodeKey(key: string): boolean {
  const words = wordsOf(key);
  return words.includes('code') && !words.some((word) => PLAIN_CODES.has(word));
}

const PLAIN_CODES: ReadonlySet<string> = new Set([
  'error',
  'status',
  'country',
  'language',
  'currency',
  'exit',
  'http',
  'response',
  'reason',
  'promo',
  'discount',
  'coupon',
  'product',
]);

/** Whether the value under a key is personal by the key's name. */
export function isPersonalKey(key: string): boolean {
  return PERSONAL_NAMES.has(compact(key));
}

function compact(key: string): string {
  return key
    .slice(0, 128)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
}

function wordsOf(key: string): string[] {
  return key
    .slice(0, 128)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}
