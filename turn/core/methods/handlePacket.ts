import { StunError } from '../../stun/error.ts'
import { decode, methods, unknownRequired, type Message } from '../../stun/message.ts'
import type { Relay } from '../types.ts'
import { authenticate, checkOwner } from '../authenticate.ts'
import { failure } from '../response.ts'
import type { Call, UserCall } from '../call.ts'
import type { Core } from '../serverState.ts'
import type { Effect } from '../effects.ts'
import { channelHeaderLength, channelOut, dataLengthOf, isChannelData, wrapIn } from '../channelData.ts'
import { answerAllocate } from './allocate.ts'
import { answerBinding } from './binding.ts'
import { answerChannelBind } from './channelBind.ts'
import { answerCreatePermission } from './createPermission.ts'
import { answerRefresh } from './refresh.ts'
import { relaySend } from './send.ts'
import type { Path } from '../fiveTuple.ts'
import { Refusal } from '../turnError.ts'
import { releaseExpired } from '../deleteAllocation.ts'

/** Methods that want credentials. */
const methodTable: ReadonlyMap<number, (call: UserCall) => Effect[]> = new Map([
  [methods.allocate, answerAllocate],
  [methods.refresh, answerRefresh],
  [methods.createPermission, answerCreatePermission],
  [methods.channelBind, answerChannelBind],
])

/**
 * One packet from a client: changes what the core knows and tells what to do about it.
 * @param path where the packet came from, and the way back
 * @param now in ms, on a clock that only goes forward
 */
export function handle(core: Core, packet: Uint8Array, path: Path, now: number): Effect[] {
  const effects = isChannelData(packet) ? relayChannelData(core, packet, path, now) : handleStun(core, packet, path, now)
  return effects ?? drop(core)
}

/** One packet from a peer, at a relay's socket. */
export function handlePeer(core: Core, relay: Relay, packet: Uint8Array, ip: string, port: number, now: number): Effect[] {
  const wrapped = wrapIn(core, relay, packet, ip, port, now)
  return wrapped ? [{ type: 'send', to: relay.owner!.path, packet: wrapped }] : drop(core)
}

function relayChannelData(core: Core, packet: Uint8Array, path: Path, now: number): Effect[] | undefined {
  const channel = channelOut(core, path.key, packet, now)
  if (!channel) return undefined
  const data = packet.subarray(channelHeaderLength, channelHeaderLength + dataLengthOf(packet))
  return [{ type: 'relay', from: channel.host.relay, to: { ip: channel.host.reached, port: channel.port }, data }]
}

/** Undefined for what deserves no answer: not STUN, damaged, of an unknown method, or a response. */
function handleStun(core: Core, packet: Uint8Array, path: Path, now: number): Effect[] | undefined {
  const message = decodeOrNothing(packet)
  if (!message) return undefined
  const call = { core, message, path, now }
  if (message.kind === 'indication') return handleIndication(call)
  if (message.kind !== 'request') return undefined
  if (message.method === methods.binding) return attempt(call, () => answerBinding(understood(call)))
  const method = methodTable.get(message.method)
  return method && handleRequest(call, method)
}

function handleRequest(call: Call, method: (call: UserCall) => Effect[]): Effect[] {
  // Before anything can be refused: a refusal would forget which sockets are to be closed.
  const freed = releaseExpired(call.core, call.path.key, call.now)
  return [...freed, ...attempt(call, () => {
    const known = { ...call, user: authenticate(call) }
    return attempt(known, () => {
      checkOwner(known)
      return method(understood(known))
    })
  })]
}

/** What is refused once the user is known is answered under the user's seal. */
function attempt(call: Call, work: () => Effect[]): Effect[] {
  try {
    return work()
  } catch (error) {
    return failure(call, toRefusal(error))
  }
}

/** RFC 8489 §6.3.1: a value that cannot be read is a 400. */
function toRefusal(error: unknown): Refusal {
  if (error instanceof StunError) return new Refusal(400)
  if (error instanceof Refusal) return error
  throw error
}

/** RFC 8489 §6.3.1. */
function understood<C extends Call>(call: C): C {
  const unknown = unknownRequired(call.message)
  if (unknown.length > 0) throw new Refusal(420, [['unknownAttributes', unknown]])
  return call
}

/** RFC 8489 §6.3.2: a Binding indication keeps a NAT open and wants nothing; an unknown attribute spoils any. */
function handleIndication(call: Call): Effect[] | undefined {
  if (call.message.method === methods.binding) return []
  if (call.message.method !== methods.send || unknownRequired(call.message).length > 0) return undefined
  try {
    const effects = relaySend(call)
    return effects.length > 0 ? effects : undefined
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}

function decodeOrNothing(packet: Uint8Array): Message | undefined {
  try {
    return decode(packet)
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}

function drop(core: Core): Effect[] {
  core.counters.dropped++
  return []
}
