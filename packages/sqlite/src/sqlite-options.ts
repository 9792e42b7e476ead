import { z } from 'zod';

/** Where the database is and how it is written. */
export interface SqliteFileOptions {
  /** Path of the database file; made when it does not exist. Queue and log may share one. Not on a network drive: SQLite's locks do not hold there. */
  readonly file: string;
  /**
   * What a resolved call survives: `full` a power cut, `normal` the end of the process only (a power cut may take the latest commits, never the file).
   * @default 'full'
   */
  readonly durability?: 'full' | 'normal' | undefined;
  /** Milliseconds to wait while another connection writes, before a call is refused. The event loop goes on meanwhile. @default 5000 */
  readonly busyTimeout?: number | undefined;
}

/** The schema's parts of {@link SqliteFileOptions}. */
export const sqliteFileShape = {
  file: z
    .string()
    .min(1)
    .refine((file) => !file.startsWith(':memory:') && !file.startsWith('file:'), {
      error: 'expected the path of a file; for a queue or a log in memory there are the in-memory adapters',
    }),
  durability: z.enum(['full', 'normal']).default('full'),
  busyTimeout: z.number().min(0).default(5_000),
};
