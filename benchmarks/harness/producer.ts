/**
 * Adds jobs to a queue that another process works, one now and then: `node producer.ts <engine> <place> <jobs>`. Started by the latency benchmark.
 */
import { engineNamed } from '../engines/all.ts';
import { pause, stampedPayload } from './latency.ts';

const [, , name = '', place = '', jobs = '0'] = process.argv;
const engine = await engineNamed(name).open(JSON.parse(place));
for (let i = 0; i < Number(jobs); i++) {
  await pause();
  await engine.add(stampedPayload());
}
