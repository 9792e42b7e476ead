export { createResendChannel } from './resend-channel.ts';
export { QUOTA_WAIT } from './resend-errors.ts';
export type { ResendConfig } from './resend-options.ts';
export { DEFAULT_BASE_URL } from './resend-options.ts';
export { LONGEST_RETRY_AFTER } from './retry-after.ts';
