import { InMemoryStorageAdapter } from '../src/in-memory/in-memory-storage-adapter.ts';
import type { InMemoryStorageAdapterOptions } from '../src/in-memory/in-memory-storage-options.ts';
import { LogTable } from '../src/in-memory/log-table.ts';
import type { StorageAdapterHarness } from '../src/testing/index.ts';

/** An adapter in memory, with its table as the way behind its back. */
export async function createInMemoryHarness(
  options: InMemoryStorageAdapterOptions = {},
): Promise<StorageAdapterHarness> {
  const rows = new LogTable();
  const adapter = new InMemoryStorageAdapter(options, rows);
  return {
    adapter,
    inspect: async (id) => rows.get(id)?.log ?? null,
    countRows: async () => rows.size,
    close: () => adapter.close(),
  };
}
