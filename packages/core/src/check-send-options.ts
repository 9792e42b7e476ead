import { z } from 'zod';
import { parseOptions } from './options.ts';
import type { SendOptions } from './send-options.ts';

const sendOptionsSchema = z.strictObject({
  channels: z.array(z.string().min(1)).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  signal: z
    .custom<AbortSignal>((value) => value instanceof AbortSignal, 'expected an AbortSignal')
    .optional(),
  timeout: z.number().int().min(1).optional(),
  idempotencyKey: z.string().min(1).optional(),
});

/** @throws {TownKrierError} `CONFIG_INVALID` for an unknown option or a wrong value. */
export function checkSendOptions(options: SendOptions): void {
  // The common send has none: spare it the schema.
  if (Object.keys(options).length > 0) parseOptions(sendOptionsSchema, options, 'send');
}
