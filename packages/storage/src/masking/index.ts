export { maskAddress } from './mask-address.ts';
export { maskData } from './mask-data.ts';
export { maskHtml } from './mask-html.ts';
export { maskText } from './mask-text.ts';
export type { MaskingLevel, MaskingOptions } from './masker.ts';
