import { expect, test } from 'vitest'
import { Arena } from '../../../turn/engine/arena.ts'
import {
  arenaBytes,
  batchSize,
  checkLayout,
  headroomBytes,
  maxDatagramBytes,
  msghdr,
  receiveSlots,
  regions,
  sendSlots,
  slotBytes,
} from '../../../turn/engine/layout.ts'
import { BinaryAddress } from '../../../turn/engine/binaryAddress.ts'

const memory = { buffer: new ArrayBuffer(arenaBytes), address: 2 ** 33 }
const peer = new BinaryAddress('192.0.2.1', 5)

test('the layout is that of the kernel, and no region overlaps another', () => {
  expect(() => checkLayout()).not.toThrow()
  expect(regions.slots + (receiveSlots + sendSlots) * slotBytes).toBe(arenaBytes)
})

test('a struct of another size than in the kernel stops the engine, and the error names it', () => {
  expect(() => checkLayout([['msghdr', msghdr, msghdr.bytes + 4]])).toThrow('struct msghdr has 56 bytes instead of 60')
})

test('a slot holds the largest datagram and the header before it', () => {
  const arena = new Arena(memory)
  const last = arena.datagramAt(receiveSlots - 1)
  expect(last - headroomBytes + slotBytes * (sendSlots + 1)).toBe(arenaBytes)
  expect(arena.datagramAt(1) - headroomBytes).toBeGreaterThanOrEqual(arena.datagramAt(0) + maxDatagramBytes)
})

test.each([
  ['too small', { buffer: new ArrayBuffer(arenaBytes - 64), address: 2 ** 33 }],
  ['at no address', { buffer: memory.buffer, address: 0 }],
  ['at an odd address', { buffer: memory.buffer, address: 2 ** 33 + 1 }],
])('memory that is %s is rejected', (_, wrong) => {
  expect(() => new Arena(wrong)).toThrow(/arena/)
})

test.each<[string, (arena: Arena) => unknown]>([
  ['a receive beyond the slots', (arena) => arena.receivePointer(receiveSlots - batchSize + 1)],
  ['a receive before the slots', (arena) => arena.receivePointer(-1)],
  ['a message before the slots', (arena) => arena.setMessage(0, regions.slots - 1, 1, peer)],
  ['a message beyond the arena', (arena) => arena.setMessage(0, arenaBytes - 1, 2, peer)],
  ['a message of negative length', (arena) => arena.setMessage(0, regions.slots, -1, peer)],
  ['a packet that is larger than a slot', (arena) => arena.storePacket(0, new Uint8Array(70_000), 0, 70_000)],
  ['a packet beyond the slots', (arena) => arena.storePacket(sendSlots, new Uint8Array(1), 0, 1)],
])('the arena rejects %s', (_, act) => {
  expect(() => act(new Arena(memory))).toThrow(RangeError)
})
