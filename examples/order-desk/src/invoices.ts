import { mkdirSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderInvoice } from './invoice.ts';
import type { Order } from './order.ts';

/** The invoices, as PDF files in a folder. */
export class Invoices {
  readonly #folder: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
  }

  /** Makes the invoice of an order and keeps it; a second one replaces the first. The file is there whole or not at all. */
  async create(order: Order): Promise<void> {
    const part = this.#fileOf(order.key, 'part');
    await writeFile(part, await renderInvoice(order), { flush: true });
    await rename(part, this.#fileOf(order.key));
  }

  /** @throws {Error} `ENOENT` when it was not made yet. */
  read(key: string): Promise<Uint8Array> {
    return readFile(this.#fileOf(key));
  }

  #fileOf(key: string, end = 'pdf'): string {
    return join(this.#folder, `${key}.${end}`);
  }
}
