import { StunError } from '../../stun/error.ts'
import { attributes } from '../../stun/attributes.ts'
import { decode, has, methods, unknownRequiredTypes, type Message } from '../../stun/message.ts'
import type { AuthenticatedRequest, Relay, Request } from '../types.ts'
import { authenticate, checkAllocationUser } from '../authenticate.ts'
import { errorResponse } from '../response.ts'
import type { ServerState } from '../serverState.ts'
import type { Effect } from '../effects.ts'
import { channelHeaderBytes, relayFromClient, readDataLength, isChannelData, relayToClient } from '../channelData.ts'
import { handleAllocate } from './allocate.ts'
import { handleBinding } from './binding.ts'
import { handleChannelBind } from './channelBind.ts'
import { handleCreatePermission } from './createPermission.ts'
import { handleRefresh } from './refresh.ts'
import { handleSend } from './send.ts'
import type { FiveTuple } from '../fiveTuple.ts'
import { TurnError } from '../turnError.ts'
import { deleteExpiredAllocation } from '../deleteAllocation.ts'

type MethodHandler = (state: ServerState, request: AuthenticatedRequest) => Effect[]

/** Methods that need credentials. */
const methodHandlers: ReadonlyMap<number, MethodHandler> = new Map([
  [methods.allocate, handleAllocate],
  [methods.refresh, handleRefresh],
  [methods.createPermission, handleCreatePermission],
  [methods.channelBind, handleChannelBind],
])

/**
 * Handles one packet from a client: updates the state and returns the effects to carry out.
 * @param fiveTuple source of the packet, with the function that sends responses
 * @param now in ms, on a clock that only goes forward
 */
export function handlePacket(state: ServerState, packet: Uint8Array, fiveTuple: FiveTuple, now: number): Effect[] {
  const effects = isChannelData(packet)
    ? relayChannelData(state, packet, fiveTuple, now)
    : handleStun(state, packet, fiveTuple, now)
  return effects ?? countDropped(state)
}

/** Handles one packet from a peer that arrived at a relay's socket. @param now in ms, as in `handlePacket` */
export function handlePeerPacket(
  state: ServerState,
  relay: Relay,
  packet: Uint8Array,
  ip: string,
  port: number,
  now: number,
): Effect[] {
  const wrapped = relayToClient(state, relay, packet, ip, port, now)
  return wrapped ? [{ type: 'send', to: relay.allocation!.fiveTuple, packet: wrapped }] : countDropped(state)
}

/** `TurnRuntime.relayChannelData` takes the same way without effects, because it runs for every packet. */
function relayChannelData(
  state: ServerState,
  packet: Uint8Array,
  fiveTuple: FiveTuple,
  now: number,
): Effect[] | undefined {
  const channel = relayFromClient(state, fiveTuple.key, packet, now)
  if (!channel) return undefined
  const data = packet.subarray(channelHeaderBytes, channelHeaderBytes + readDataLength(packet))
  return [
    {
      type: 'relay',
      from: channel.permission.relay,
      to: { ip: channel.permission.reachedIp, port: channel.port },
      data,
    },
  ]
}

/** Returns undefined for a packet to drop: not STUN, malformed, of an unknown method, or a response. */
function handleStun(state: ServerState, packet: Uint8Array, fiveTuple: FiveTuple, now: number): Effect[] | undefined {
  const message = tryDecode(packet)
  if (!message) return undefined
  const request = { message, fiveTuple, now }
  if (message.messageClass === 'indication') return handleIndication(state, request)
  if (message.messageClass !== 'request') return undefined
  if (message.method === methods.binding)
    return respondToErrors(state, request, () => handleBinding(state, assertUnderstood(state, request)))
  const method = methodHandlers.get(message.method)
  return method && handleRequest(state, request, method)
}

function handleRequest(state: ServerState, request: Request, method: MethodHandler): Effect[] {
  // Must run before any code that throws: an error would lose the effects that close these sockets.
  const closedRelays = deleteExpiredAllocation(state, request.fiveTuple.key, request.now)
  return [
    ...closedRelays,
    ...respondToErrors(state, request, () => {
      const authenticated = { ...request, user: authenticate(state, request) }
      return respondToErrors(state, authenticated, () => {
        checkAllocationUser(state, authenticated)
        return method(state, assertUnderstood(state, authenticated))
      })
    }),
  ]
}

/** Turns errors into error responses. After authentication they carry MESSAGE-INTEGRITY. */
function respondToErrors(state: ServerState, request: Request, work: () => Effect[]): Effect[] {
  try {
    return work()
  } catch (error) {
    return errorResponse(state, request, toTurnError(error))
  }
}

/** RFC 8489 §6.3.1: a malformed value is a 400. */
function toTurnError(error: unknown): TurnError {
  if (error instanceof StunError) return new TurnError(400)
  if (error instanceof TurnError) return error
  throw error
}

/** RFC 8489 §6.3.1. @throws {TurnError} 420 for unknown comprehension-required attributes */
function assertUnderstood<C extends Request>(state: ServerState, request: C): C {
  const unknown = unsupportedTypes(state, request.message)
  if (unknown.length > 0) throw new TurnError(420, [['unknownAttributes', unknown]])
  return request
}

/** RFC 8656 §18.9: a server that cannot set DF treats DONT-FRAGMENT as unknown. */
const unsupportedTypes = ({ rules }: ServerState, message: Message): number[] =>
  has(message, 'dontFragment') && !rules.canSetDontFragment
    ? [...unknownRequiredTypes(message), attributes.dontFragment[0]]
    : unknownRequiredTypes(message)

/** RFC 8489 §6.3.2: a Binding indication is a NAT keepalive. An unknown required attribute drops any indication. */
function handleIndication(state: ServerState, request: Request): Effect[] | undefined {
  if (request.message.method === methods.binding) return []
  if (request.message.method !== methods.send || unsupportedTypes(state, request.message).length > 0) return undefined
  try {
    const effects = handleSend(state, request)
    return effects.length > 0 ? effects : undefined
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}

function tryDecode(packet: Uint8Array): Message | undefined {
  try {
    return decode(packet)
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}

function countDropped(state: ServerState): Effect[] {
  state.counters.dropped++
  return []
}
