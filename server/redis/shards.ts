import { shardCount } from './hashTags.ts'

/** The numbers of all shards. */
export const allShards: readonly number[] = Array.from({ length: shardCount }, (_, shard) => shard)

/**
 * The shards that a node sweeps: each shard belongs to the living node with the greatest hash (rendezvous hashing). When
 * a node dies, only its shards move.
 * @param living ids of all living nodes
 */
export const shardsOf = (node: string, living: readonly string[]): number[] =>
  allShards.filter((shard) => living.every((other) => other === node || isAbove(node, other, shard)))

function isAbove(node: string, other: string, shard: number): boolean {
  const [own, theirs] = [weightOf(node, shard), weightOf(other, shard)]
  return own === theirs ? node > other : own > theirs
}

/** FNV-1a with 32 bits, and the final mix of MurmurHash3: without it the shards of a node are neighbours. */
function weightOf(node: string, shard: number): number {
  let hash = 0x811c9dc5
  for (const character of `${node} ${shard}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
