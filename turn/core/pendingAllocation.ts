import type { Attribute } from '../stun/attributes.ts'
import { reasons } from '../stun/error.ts'
import type { Family } from '../stun/ip.ts'
import type { Opening, Relay, Want } from './types.ts'
import { failure } from './response.ts'
import type { UserCall } from './call.ts'
import type { Core } from './serverState.ts'
import type { Effect } from './effects.ts'
import { grant } from './createAllocation.ts'
import { checkQuotas, openShare, overQuota, ownerOf } from './quotas.ts'
import { Refusal } from './turnError.ts'

/** After so many ports of an address that others hold we believe that all are. */
const patience = 64

export function beginOpening(call: UserCall, wants: readonly Want[], extra: readonly Attribute[]): Effect[] {
  const count = wants[0]?.shape === 'pair' ? 2 : 1
  checkQuotas(call, count)
  const opening: Opening = { call, wants, extra, count, avoid: new Map(), relays: [], pending: new Set() }
  const effects = takePorts(call.core, opening)
  call.core.openings.set(call.path.key, opening)
  call.core.tally.add(ownerOf(call), count)
  return effects
}

/** Throws Refusal 508, with nothing taken, when no port is left in any family. */
function takePorts(core: Core, opening: Opening): Effect[] {
  const share = openShare(core, opening.call.user.userClass)
  for (const want of opening.wants) {
    const avoid = opening.avoid.get(want.address.local) ?? new Set()
    const isOpen = core.ports.isOpen(want.address.local, want.shape, share)
    if (!isOpen) overQuota(core, 'reserved')
    const port = isOpen && avoid.size < patience ? core.ports.take(want.address.local, want.shape, avoid) : undefined
    if (port === undefined) giveUp(opening, want)
    else opening.relays.push(...relaysOf(want, port))
  }
  if (opening.relays.length === 0) throw new Refusal(508)
  for (const relay of opening.relays) {
    opening.pending.add(relay)
    core.awaited.set(relay, opening)
  }
  return opening.relays.map((relay) => ({ type: 'open', relay }))
}

/** RFC 8656 §7.2: of two families one is enough; the answer says what became of the other. */
function giveUp(opening: Opening, want: Want): void {
  opening.wants = opening.wants.filter((other) => other !== want)
  opening.extra = [...opening.extra, lacking(want.family, 508)]
}

/** RFC 8656 §18.12. */
export const lacking = (family: Family, code: 440 | 508): Attribute =>
  ['addressErrorCode', { family: family === 4 ? 1 : 2, code, reason: reasons[code] }]

function relaysOf({ family, address, shape }: Want, port: number): Relay[] {
  const ports = shape === 'pair' ? [port, port + 1] : [port]
  return ports.map((port) => ({ family, local: { ip: address.local, port }, advertised: { ip: address.advertised, port }, expiresAt: 0 }))
}

/** The socket of a relay is bound. */
export function relayOpened(core: Core, relay: Relay): Effect[] {
  const opening = core.awaited.get(relay)
  if (!opening) return []
  core.awaited.delete(relay)
  opening.pending.delete(relay)
  if (opening.pending.size > 0) return []
  core.openings.delete(opening.call.path.key)
  return grant({ ...opening.call, core }, opening.relays, opening.wants, opening.extra)
}

/**
 * The socket of a relay could not be bound.
 * @param isOfPort another port may do, because another process holds this one; otherwise the family is given up at once
 */
export function relayRefused(core: Core, relay: Relay, isOfPort = true): Effect[] {
  const opening = core.awaited.get(relay)
  if (!opening) return []
  core.awaited.delete(relay)
  const { ip, port } = relay.local
  opening.avoid.set(ip, (opening.avoid.get(ip) ?? new Set()).add(port))
  core.ports.release(ip, port)
  opening.relays = opening.relays.filter((other) => other !== relay)
  for (const want of isOfPort ? [] : opening.wants.filter(({ address }) => address.local === ip)) giveUp(opening, want)
  return [...abandonRelays(core, opening), ...tryAgain(core, opening)]
}

function tryAgain(core: Core, opening: Opening): Effect[] {
  try {
    return takePorts(core, opening)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    forgetOpening(core, opening)
    return failure({ ...opening.call, core }, error)
  }
}

/** The client is gone before its sockets were there. */
export function cancelOpening(core: Core, opening: Opening): Effect[] {
  forgetOpening(core, opening)
  return abandonRelays(core, opening)
}

function forgetOpening(core: Core, { call, count }: Opening): void {
  core.openings.delete(call.path.key)
  core.tally.add(ownerOf(call), -count)
}

function abandonRelays(core: Core, opening: Opening): Effect[] {
  const effects = opening.relays.map((relay): Effect => {
    core.awaited.delete(relay)
    core.ports.release(relay.local.ip, relay.local.port)
    return { type: 'close', relay }
  })
  opening.relays = []
  opening.pending.clear()
  return effects
}
