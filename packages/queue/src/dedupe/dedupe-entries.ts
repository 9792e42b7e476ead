/** Before all keys of entries. */
const PREFIX = 'dedupe:';

/** Parts that the entries are in, so that one look at them is at few. */
export const SHARDS = 64;

/** The key under which processes share how far the adds of a key are. Windows and debounces of one name do not meet. */
export function entryKey(mode: 'window' | 'debounce', queue: string, key: string): string {
  const name = JSON.stringify([mode, queue, key]);
  return prefixOfShard(hashOf(name) % SHARDS) + name;
}

/** How the keys of one part begin. */
export function prefixOfShard(shard: number): string {
  return `${PREFIX}${shard}:`;
}

/** FNV-1a, which spreads well and is the same in every process. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
