import { createHash } from 'node:crypto';

/** A script for Redis, and the hash under which a server that has seen it knows it. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function toScript(...parts: readonly string[]): Script {
  const lua = parts.join('\n');
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
