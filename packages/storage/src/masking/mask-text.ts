import { ContentPrivacy } from '../notification-log.ts';
import { createMasker, type MaskingOptions } from './masker.ts';

/**
 * Masks a plain text. `public` hides only credentials, `masked` everything that is found or declared, `private` returns `''`. Masking a second time
 * changes nothing; the time taken grows linearly with the text.
 */
export function maskText(text: string, options: MaskingOptions): string {
  return options.level === ContentPrivacy.PRIVATE ? '' : createMasker(options).maskText(text);
}
