import { RedisConnection } from 'bullmq';
import { BullMqError, BullMqErrorCode } from '../bullmq-errors.ts';

/** BullMQ's scripts that ours call, and how many keys each takes. Another number means another script than the one that was known here. */
const KEY_COUNTS = {
  addDelayedJob: 6,
  addLog: 2,
  addPrioritizedJob: 9,
  moveToActive: 11,
  moveToDelayed: 11,
  moveToFinished: 14,
  removeJob: 2,
  retryJob: 11,
  updateProgress: 3,
} as const;

/** A script of BullMQ's that ours may call. */
export type BullMqScript = keyof typeof KEY_COUNTS;

interface ScriptDefinition {
  readonly numberOfKeys: number;
  readonly lua: string;
}

let installed: ReadonlyMap<string, ScriptDefinition> | undefined;

/**
 * The scripts of the installed BullMQ. It hands them to every Redis client it is given; this one only notes them and connects to nothing.
 */
function installedScripts(): ReadonlyMap<string, ScriptDefinition> {
  if (installed !== undefined) return installed;
  const scripts = new Map<string, ScriptDefinition>();
  const nothing = (): undefined => undefined;
  const noting = {
    status: 'ready',
    isCluster: false,
    options: {},
    connect: nothing,
    disconnect: nothing,
    duplicate: nothing,
    on: nothing,
    once: nothing,
    off: nothing,
    removeListener: nothing,
    getMaxListeners: () => 10,
    setMaxListeners: nothing,
    runCommand: nothing,
    pipeline: nothing,
    multi: nothing,
    scanStream: nothing,
    defineCommand(name: string, definition: ScriptDefinition): void {
      // `moveToActive:6.7.0`
      scripts.set(name.split(':')[0] ?? name, definition);
    },
  };
  const options = { shared: true, blocking: false, skipVersionCheck: true, skipWaitingForReady: true };
  new RedisConnection(noting, options).on('error', nothing);
  installed = scripts;
  return scripts;
}

/**
 * BullMQ's scripts as functions of Lua, each of its keys and its arguments: `bullmq_moveToActive({…}, {…})`. So what BullMQ does with a job is done by
 * BullMQ, and what we note beside it happens in the same step.
 *
 * @throws {BullMqError} `BULLMQ_UNSUPPORTED_VERSION` when the installed BullMQ has no such script, or one of another shape.
 */
export function callable(...names: readonly BullMqScript[]): string {
  return names.map(toFunction).join('');
}

function toFunction(name: BullMqScript): string {
  const script = installedScripts().get(name);
  if (script?.numberOfKeys !== KEY_COUNTS[name]) {
    throw new BullMqError(
      BullMqErrorCode.BULLMQ_UNSUPPORTED_VERSION,
      `The installed BullMQ ${script === undefined ? 'has no script' : 'has another script'} ${name} than this version of @townkrier/bullmq knows. Install the BullMQ named in its README.`,
    );
  }
  return `local function bullmq_${name}(KEYS, ARGV)\n${script.lua}\nend\n`;
}
