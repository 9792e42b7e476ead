import { z } from 'zod';
import { StorageErrorCode } from '../errors.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../log-filters.ts';
import { parseInput } from '../parse-input.ts';
import type { AuditRowQuery } from './audit-store.ts';

/** What narrows a list of audit entries. All given conditions must hold. */
export interface AuditFilters {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: { readonly kind: string; readonly id?: string };
  /** Records made at or after. */
  readonly from?: Date;
  /** Records made at or before. */
  readonly to?: Date;
  /** Page size, 1 to 1000. @default 50 */
  readonly limit?: number;
  /** The `seq` of the last entry of the page before. @default from the start */
  readonly after?: number;
  /** As they were appended, or the newest first. @default 'asc' */
  readonly order?: 'asc' | 'desc';
}

const text = z.string().min(1);
const schema = z.strictObject({
  actor: text.optional(),
  action: text.optional(),
  target: z.strictObject({ kind: text, id: text.optional() }).optional(),
  from: z.date().optional(),
  to: z.date().optional(),
  limit: z.int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
  after: z.int().min(0).optional(),
  order: z.enum(['asc', 'desc']).default('asc'),
});

/** @throws {StorageError} `STORAGE_FILTER_INVALID` */
export function parseAuditFilters(filters: AuditFilters): AuditRowQuery {
  const { target, from, to, ...rest } = parseInput(schema, filters, {
    code: StorageErrorCode.STORAGE_FILTER_INVALID,
    what: 'The filter of an audit log',
  });
  return {
    ...rest,
    ...(target !== undefined && { targetKind: target.kind }),
    ...(target?.id !== undefined && { targetId: target.id }),
    ...(from !== undefined && { from: from.getTime() }),
    ...(to !== undefined && { to: to.getTime() }),
  };
}
