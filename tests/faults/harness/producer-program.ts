/** A producer as a process of its own, so that it can die while it enqueues. */
import { createApp } from './app.ts';
import { openQueue, type QueueAddress } from './backends.ts';
import { readSettings, sayReady } from './child-program.ts';
import { FailPoints, type ProducerPoint } from './fail-points.ts';
import { type ProduceOptions, produce } from './producer.ts';

/** What a producer process is told. */
export interface ProducerSettings {
  readonly queue: QueueAddress;
  readonly folder: string;
  readonly produce: ProduceOptions;
  readonly failAt?: ProducerPoint;
}

const settings = readSettings<ProducerSettings>();
const opened = await openQueue(settings.queue);
new FailPoints(settings.failAt).placeIn(opened);
const queue = createApp(opened.adapter, { providerUrl: 'none', honoursKeys: true });
sayReady();
await produce(queue, settings.folder, settings.produce);
await queue.close();
process.exit(0);
