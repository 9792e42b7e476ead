/**
 * A process that writes to a log file until it is told to stop by the end of its input. Prints the id of each row whose life it has seen through.
 *
 *     node --conditions=@townkrier/source storage-writer-process.ts <file> <name>
 */
import { SqliteStorageAdapter } from '../src/storage/index.ts';
import { logOf, minute } from './storage-sample.ts';

const [, , file = '', name = ''] = process.argv;
const adapter = new SqliteStorageAdapter({ file, durability: 'normal', busyTimeout: 20_000 });
let isStopping = false;
let next = 0;

/** Rows one after the other, from saved to sent. */
async function write(): Promise<void> {
  while (!isStopping) {
    next += 1;
    const id = `${name}-${next}`;
    await adapter.save([
      logOf({ id, idempotencyKey: `key-${id}`, createdAt: minute(next), notificationType: name }),
    ]);
    await adapter.update(id, { status: 'sending', attempts: 1 });
    await adapter.update(id, { status: 'sent', sentAt: minute(next + 1), provider: 'smtp' });
    console.log(id);
  }
}

process.stdin.on('end', () => {
  isStopping = true;
});
process.stdin.resume();
console.log('ready');
await Promise.all([write(), write(), write()]);
await adapter.close();
