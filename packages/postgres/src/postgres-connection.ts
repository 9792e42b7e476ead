/** A statement as `pg` takes it. */
export interface PostgresStatement {
  readonly text: string;
  // Not readonly, because the types of `pg` want it so; nothing changes it.
  readonly values?: unknown[];
  /** Statements with a name are prepared once for each connection. */
  readonly name?: string;
  /** How columns are read, whatever was set for the whole process. */
  readonly types?: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
}

/** What a connection tells about. */
export interface PostgresNotification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

/** The part of a `pg` client that statements need. What apps hand over as the transaction that jobs shall be part of. */
export interface PostgresQueryable {
  query(statement: PostgresStatement): Promise<{ readonly rows: readonly unknown[] }>;
}

/** The part of a client of a `pg` pool that is used. */
export interface PostgresClient extends PostgresQueryable {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  on(event: 'notification', listener: (notification: PostgresNotification) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'end', listener: () => void): unknown;
  removeListener(event: 'notification', listener: (notification: PostgresNotification) => void): unknown;
  /** Gives it back to the pool, or closes it when `destroy` is true. */
  release(destroy?: boolean): void;
}

/** The part of a `pg` `Pool` that is used: bring your own version of `pg`. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
}

/** Whether a value looks like a pool of `pg`. */
export function isPostgresPool(value: unknown): value is PostgresPool {
  if (typeof value !== 'object' || value === null) return false;
  if (!('connect' in value) || typeof value.connect !== 'function') return false;
  // A single client has `connect` as well, which gives nothing; only a pool counts its clients.
  return 'totalCount' in value;
}
