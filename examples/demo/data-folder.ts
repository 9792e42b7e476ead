import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where a run keeps what outlives it. A run that ends with nothing left to do removes it, so finding one means that the last run was cut short. */
export class DataFolder {
  readonly database: string;
  readonly mailbox: string;
  /** Whether an earlier run left something to go on with. */
  readonly isResumed: boolean;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.database = join(path, 'townkrier.db');
    this.mailbox = join(path, 'mailbox.jsonl');
    this.isResumed = existsSync(this.database);
    mkdirSync(path, { recursive: true });
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}
