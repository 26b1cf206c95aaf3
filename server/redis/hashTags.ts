/** Number of Cluster slots (Redis Cluster specification, "Key distribution model"). */
const slotCount = 16_384

/** Number of shards. The keys of one shard have one hash tag, so one function can change all of them. */
export const shardCount = 1_024

/** The Cluster slot of a hash tag: CRC-16/XMODEM modulo 16,384 (Redis Cluster specification, appendix A). */
export function slotOf(tag: string): number {
  let crc = 0
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc % slotCount
}

/**
 * One hash tag for each shard. Shard n is in one of the slots from 16 n to 16 n + 15. Masters with equal shares of the
 * slots thus have equal shares of the rooms. The tags 0, 1, 2 … would leave some masters almost empty.
 */
export const hashTags: readonly string[] = createHashTags()

function createHashTags(): string[] {
  const tags = Array<string>(shardCount)
  for (let missing = shardCount, number = 0; missing > 0; number++) {
    const tag = number.toString(36)
    const shard = Math.floor(slotOf(tag) / (slotCount / shardCount))
    if (tags[shard] !== undefined) continue
    tags[shard] = tag
    missing--
  }
  return tags
}
