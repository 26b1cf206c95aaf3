/**
 * The layout of the arena: structs of Linux on 64-bit machines, and the regions that hold them. Every offset follows
 * from a table. `checkLayout` compares the structs with the sizes in the kernel's headers.
 */

interface Struct<Field extends string> {
  readonly bytes: number
  readonly alignment: number
  readonly at: Readonly<Record<Field, number>>
}

/** Size and alignment of a field: a number of bytes, or a nested struct. */
type FieldType = 1 | 2 | 4 | 8 | Pick<Struct<string>, 'bytes' | 'alignment'>

const alignUp = (offset: number, alignment: number): number => Math.ceil(offset / alignment) * alignment

/** Lays out fields in order, each at its natural alignment, as the C ABI of x64 and arm64 does. */
function struct<Field extends string>(fields: Readonly<Record<Field, FieldType>>): Struct<Field> {
  const at = {} as Record<Field, number>
  let [end, alignment] = [0, 1]
  for (const [name, type] of Object.entries(fields) as [Field, FieldType][]) {
    const field = typeof type === 'number' ? { bytes: type, alignment: type } : type
    at[name] = alignUp(end, field.alignment)
    end = at[name] + field.bytes
    alignment = Math.max(alignment, field.alignment)
  }
  return { bytes: alignUp(end, alignment), alignment, at }
}

export const iovec = struct({ base: 8, length: 8 })
export const msghdr = struct({
  name: 8,
  nameBytes: 4,
  vectors: 8,
  vectorCount: 8,
  control: 8,
  controlBytes: 8,
  flags: 4,
})
export const mmsghdr = struct({ header: msghdr, length: 4 })
export const sockaddrIn = struct({ family: 2, port: 2, ip: 4, zero: { bytes: 8, alignment: 1 } })
export const sockaddrIn6 = struct({ family: 2, port: 2, flow: 4, ip: { bytes: 16, alignment: 4 }, scope: 4 })
/** `struct epoll_event` is packed on x64 only (`EPOLL_PACKED`). */
export const epollEvent =
  process.arch === 'x64'
    ? { bytes: 12, at: { events: 0, descriptor: 4 } }
    : { bytes: 16, at: { events: 0, descriptor: 8 } }

/** `sizeof` on x64 and arm64, from `<sys/socket.h>` and `<netinet/in.h>`. */
const expectedSizes = [
  ['iovec', iovec, 16],
  ['msghdr', msghdr, 56],
  ['mmsghdr', mmsghdr, 64],
  ['sockaddr_in', sockaddrIn, 16],
  ['sockaddr_in6', sockaddrIn6, 28],
] as const

/** Largest UDP datagram, IPv4 or IPv6, in bytes. No datagram is ever cut. */
export const maxDatagramBytes = 65_535

/** Space before each datagram for the header of ChannelData. Keeps the data at a cache line. */
export const headroomBytes = 64

/**
 * Bytes from one slot to the next. A slot holds any datagram. Memory that no datagram has reached is never resident.
 * 1,088 bytes above a multiple of 64 KiB: neighbouring slots use different sets of the cache.
 */
export const slotBytes = 65_536 + 1_088

/** Messages of one `recvmmsg`. */
export const batchSize = 64
/** Received datagrams that may wait for one flush. */
export const receiveSlots = 256
/** Packets of JavaScript that may wait for one flush. */
export const sendSlots = 32
/** Messages that may wait for one flush. */
export const maxMessages = 512
/** Events of one `epoll_wait`. */
export const maxEvents = 256
/** Holds one argument of a system call: an address, an option or an event. */
const scratchBytes = 256
/** A sockaddr of either family, at a multiple of 8. */
export const nameBytes = 32

const regionSizes = {
  receiveMessages: receiveSlots * mmsghdr.bytes,
  receiveVectors: receiveSlots * iovec.bytes,
  receiveNames: receiveSlots * nameBytes,
  sendMessages: maxMessages * mmsghdr.bytes,
  sendVectors: maxMessages * iovec.bytes,
  sendNames: maxMessages * nameBytes,
  events: maxEvents * epollEvent.bytes,
  scratch: scratchBytes,
  slots: (receiveSlots + sendSlots) * slotBytes,
} as const

type Region = keyof typeof regionSizes

/** Offset of each region, at a multiple of 64. */
export const regions = {} as Record<Region, number>
let end = 0
for (const [name, bytes] of Object.entries(regionSizes) as [Region, number][]) {
  regions[name] = end
  end = alignUp(end + bytes, 64)
}

/** Size of the arena, a multiple of 64. The slots are at its end. */
export const arenaBytes = end

/**
 * Checks the layout against the kernel's. Call it once before the first system call.
 * @param sizes name, computed struct and size in bytes of each struct
 * @throws {Error} that names the wrong struct or region
 */
export function checkLayout(
  sizes: readonly (readonly [name: string, computed: { readonly bytes: number }, expected: number])[] = expectedSizes,
): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) throw new Error('it needs a little-endian machine')
  for (const [name, { bytes }, expected] of sizes)
    if (bytes !== expected) throw new Error(`struct ${name} has ${bytes} bytes instead of ${expected}`)
  const all = Object.entries(regionSizes) as [Region, number][]
  for (const [i, [name, bytes]] of all.entries()) {
    const next = all[i + 1] ? regions[all[i + 1]![0]] : arenaBytes
    if (regions[name] % 64 !== 0 || regions[name] + bytes > next)
      throw new Error(`region ${name} overlaps the next one`)
  }
  if (headroomBytes + maxDatagramBytes > slotBytes) throw new Error('a slot cannot hold a datagram')
  if (regions.slots + regionSizes.slots > arenaBytes) throw new Error('the slots exceed the arena')
}
