import { beeQueue } from './bee-queue.ts';
import { bareBullmq } from './bullmq.ts';
import type { EngineSource } from './engine.ts';
import { graphileWorker } from './graphile-worker.ts';
import { pgBoss } from './pg-boss.ts';
import { townkrierBullmq, townkrierPostgres, townkrierSqlite } from './townkrier.ts';

/** Those that may run in several processes at once, which find them here by name. */
const SHARED: readonly EngineSource[] = [
  townkrierSqlite('full'),
  townkrierSqlite('normal'),
  townkrierPostgres,
  townkrierBullmq,
  bareBullmq(),
  beeQueue,
  graphileWorker('default'),
  pgBoss('notify'),
];

/** @throws when no engine has the name. */
export function engineNamed(name: string): EngineSource {
  const found = SHARED.find((source) => source.name === name);
  if (found === undefined) throw new Error(`no engine "${name}"; there are ${SHARED.map((one) => one.name)}`);
  return found;
}
