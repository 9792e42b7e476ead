import { type Clock, functionOption, parseOptions } from '@townkrier/core';
import { z } from 'zod';
import { warningOf } from '../process-warning.ts';
import { storeQueueAdapterShape } from '../store-queue-adapter-options.ts';
import type { AuditSink } from './audit-entry.ts';

const warnOfSinkError = warningOf('An action was done, but the audit sink did not keep it.');

/** Options of an {@link AuditTrail}. */
export interface AuditTrailOptions {
  /** Where entries are kept. */
  readonly sink: AuditSink;
  /** Who acts where nobody says. @default 'system' */
  readonly actor?: string | undefined;
  /** Why they act, in their own words. */
  readonly reason?: string | undefined;
  /**
   * What a sink that fails does to an action that was not begun. `refuse`: it is not done (`QUEUE_AUDIT_FAILED`). `report`: it is done all the same, and `onError` is
   * told. @default 'refuse'
   */
  readonly onSinkError?: 'refuse' | 'report' | undefined;
  /** Told when the sink fails and nothing can be refused any more. @default a process warning */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Where time comes from. @default the machine's clock */
  readonly clock?: Clock | undefined;
  /** Makes the ids of actions. @default 21 characters, the time first */
  readonly createId?: (() => string) | undefined;
}

/** The longest actor or reason. */
const MAX_WORDS = 512;

const words = z.string().min(1).max(MAX_WORDS);
const { clock, createId } = storeQueueAdapterShape;
const schema = z.strictObject({
  sink: z.custom<AuditSink>(isSink, 'expected an object with write()'),
  actor: words.default('system'),
  reason: words.optional(),
  onSinkError: z.enum(['refuse', 'report']).default('refuse'),
  onError: functionOption<(error: unknown) => void>().default(() => warnOfSinkError),
  clock,
  createId,
});

/** Options with every default applied. */
export type ResolvedAuditTrailOptions = ReturnType<typeof resolveAuditTrailOptions>;

/** @throws {TownKrierError} `CONFIG_INVALID`, naming key and value. */
export function resolveAuditTrailOptions(options: AuditTrailOptions) {
  return parseOptions(schema, options, 'AuditTrail');
}

function isSink(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'write' in value && typeof value.write === 'function';
}
