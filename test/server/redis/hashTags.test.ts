import { expect, test } from 'vitest'
import { hashTags, shardCount, slotOf } from '../../../server/redis/hashTags.ts'
import { RoomKeyring } from '../../../server/redis/roomKeys.ts'
import { allShards, shardsOf } from '../../../server/redis/shards.ts'

test('the hash tags spread over the slots, one in each 16', () => {
  expect(new Set(hashTags).size).toBe(shardCount)
  expect(hashTags.map((tag) => Math.floor(slotOf(tag) / 16))).toEqual([...allShards])
  const ofThreeMasters = [0, 0, 0]
  for (const tag of hashTags) ofThreeMasters[Math.min(2, Math.floor(slotOf(tag) / 5461))]!++
  expect(Math.max(...ofThreeMasters) - Math.min(...ofThreeMasters)).toBeLessThan(4)
})

test('each shard belongs to one living node, and the shards of a dead node alone move', () => {
  const nodes = ['one', 'two', 'three']
  const owned = nodes.map((node) => shardsOf(node, nodes))
  expect(owned.flat().sort((a, b) => a - b)).toEqual([...allShards])
  for (const shards of owned) expect(shards.length).toBeGreaterThan(shardCount / 4)
  const left = shardsOf('one', ['one', 'two'])
  expect(owned[0]!.every((shard) => left.includes(shard))).toBe(true)
  expect(shardsOf('one', ['one'])).toEqual([...allShards])
})

test('a reference of a room is read with the same secret only, and contains no name', () => {
  const keyring = new RoomKeyring(Buffer.alloc(32, 1))
  const { ref, id, room } = keyring.keysOf('blue-door')
  expect(keyring.nameOf(ref)).toBe('blue-door')
  expect(new RoomKeyring(Buffer.alloc(32, 1)).keysOf('blue-door').ref).toBe(ref)
  expect(new RoomKeyring(Buffer.alloc(32, 2)).nameOf(ref)).toBeNull()
  expect(keyring.nameOf(`${ref}AA`)).toBeNull()
  expect(keyring.nameOf('')).toBeNull()
  expect(room).toMatch(new RegExp(`^duet:\\{\\w+\\}:r:${id}$`))
  expect(Buffer.from(ref, 'base64url').toString('latin1')).not.toContain('blue')
})
