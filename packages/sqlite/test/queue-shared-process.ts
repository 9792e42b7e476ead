/**
 * A process that adds 1 to a shared value so many times, and waits in between for nothing.
 *
 *     node --conditions=@townkrier/source queue-shared-process.ts <file> <key> <times>
 */
import { systemClock } from '@townkrier/core';
import { addOne } from './add-one.ts';
import { openStore } from './open-store.ts';

const [, , file = '', key = '', times = '0'] = process.argv;
const store = openStore(file, systemClock);
for (let i = 0; i < Number(times); i++) await addOne(store.shared, key);
await store.close();
