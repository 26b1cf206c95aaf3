import type {
  PreparedConnectionCommand,
  PreparedConnectionEvent,
} from '../../../machines/preparation/preparationEvents.ts'
import type { PreparationSide } from '../../../machines/preparation/preparationEvents.ts'
import { parseIceUfrag } from '../../../machines/protocol/iceCandidate.ts'
import * as relay from '../../../machines/protocol/relayDescription.ts'
import type { PeerModel } from './peerModel.ts'

/** client/preparation/preparedConnection.ts as a value: an RTCPeerConnection without media, with its data channel. */
export interface PreparedModel {
  /** Unique name; it is the ufrag, too. */
  name: string
  side: PreparationSide
  /** Descriptions to apply. */
  commands: { type: 'applyOffer' | 'applyAnswer'; sdp: string }[]
  isDescribed: boolean
  /** The peer's ufrag. */
  theirs: string | null
  isOpen: boolean
  /** The senders have tracks. */
  isFilled: boolean
  /** The call takes it over. */
  isReleased: boolean
  /** The page said over the data channel that it joins or admits. */
  hasAnnounced: boolean
  /** The peer said so. */
  hasHeard: boolean
  /** The visitor that the holder admits; used by the checks only. */
  admits: number | null
}

/** The functions that keep addresses private. A seeded fault replaces some of them. */
export type RelayRules = Pick<typeof relay, 'isRelayDescription' | 'toRelayDescription'>
export const relayRules: RelayRules = relay

/** The connection after a step, and its events. */
export interface PreparedStep {
  prepared: PreparedModel
  facts: PreparedConnectionEvent[]
}

/** Returns a new connection without descriptions. */
export const newPreparedModel = (name: string, side: PreparationSide): PreparedModel => ({
  name,
  side,
  commands: [],
  isDescribed: false,
  theirs: null,
  isOpen: false,
  isFilled: false,
  isReleased: false,
  hasAnnounced: false,
  hasHeard: false,
  admits: null,
})

/** The ufrag of the stranger's connection. */
export const strangerUfrag = 'C1'

/** The description of a connection before its addresses are removed. */
export const localSdp = (ufrag: string): string =>
  [
    'v=0',
    `a=ice-ufrag:${ufrag}`,
    'a=candidate:1 1 udp 2 192.0.2.7 9 typ host',
    'a=candidate:2 1 udp 1 198.51.100.9 9 typ relay raddr 192.0.2.7 rport 9',
  ].join('\r\n')

/** Returns true if the description shows an address of its page. */
export const showsAddress = (sdp: string): boolean => sdp.includes('192.0.2.7')

const described = (prepared: PreparedModel, rules: RelayRules): PreparedStep => ({
  prepared: { ...prepared, isDescribed: true },
  facts: [{ type: 'description.created', sdp: rules.toRelayDescription(localSdp(prepared.name)) }],
})

/** The holder creates its offer; null if there is nothing to create. */
export const describe = (prepared: PreparedModel, rules: RelayRules): PreparedStep | null =>
  prepared.side === 'holder' && !prepared.isDescribed ? described(prepared, rules) : null

/** Applies the first description; null without one. */
export function apply(prepared: PreparedModel, rules: RelayRules): PreparedStep | null {
  const [first, ...commands] = prepared.commands
  if (!first) return null
  const rest = { ...prepared, commands }
  if (!rules.isRelayDescription(first.sdp)) return fail(rest)
  const after = { ...rest, theirs: parseIceUfrag(first.sdp) }
  return first.type === 'applyOffer' ? described(after, rules) : { prepared: after, facts: [] }
}

/** The connection ends, or cannot be made. */
export const fail = (prepared: PreparedModel): PreparedStep => ({
  prepared: { ...prepared, isOpen: false },
  facts: [{ type: 'connection.failed' }],
})

/** The data channel opens. */
export const open = (prepared: PreparedModel): PreparedStep => ({
  prepared: { ...prepared, isOpen: true },
  facts: [{ type: 'connection.opened' }],
})

/** Executes a command at once, or queues it. */
export function command(prepared: PreparedModel, order: PreparedConnectionCommand): PreparedModel {
  switch (order.type) {
    case 'applyOffer':
    case 'applyAnswer':
      return { ...prepared, commands: [...prepared.commands, order] }
    case 'announce':
      return { ...prepared, hasAnnounced: prepared.isOpen }
    case 'fillSenders':
      return { ...prepared, isFilled: true }
    case 'release':
      return { ...prepared, isReleased: true }
  }
}

/** Both have applied the description of the other. */
export const isPair = (one: PreparedModel, other: PreparedModel | null): boolean =>
  other !== null && one.theirs === other.name && other.theirs === one.name

/** The call takes the connection over. Its transport is open, and media has not arrived yet. */
export const toPeerModel = ({ name, theirs }: PreparedModel, fresh: PeerModel): PeerModel => ({
  ...fresh,
  name,
  current: { own: name, theirs: theirs ?? '' },
  hasAddress: true,
  transport: 'open',
  isSilent: true,
  met: theirs,
})
