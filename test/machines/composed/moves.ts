import type { PeerConnectionEvent } from '../../../machines/call/callEvents.ts'
import { roomPolicies } from '../../../machines/protocol/vocabulary.ts'
import type { Fault } from './faultBudget.ts'
import type { Timer } from './pageModel.ts'
import { settle, withOwn, ownWire, closeByServer } from './signalingModel.ts'
import { type Page, type Pages, unchanged, type Stepped } from './page.ts'
import { gather, isSamePeer, isMatch, runCommand, type PeerStep, type PeerModel } from './peerModel.ts'
import { meetingOfPrepared, ofPrepared } from './preparedMoves.ts'
import type { ServerStep } from './serverModel.ts'
import type { Label } from './label.ts'

/** A move of one page alone. The step is computed on demand, because most steps are never needed. */
export interface Local {
  step(): Stepped
  label: Label
  /** The fault it takes from the budget; null for a regular move. */
  fault: Fault | null
  /** The timeout that ends with this move, with its duration. */
  wait: Wait | null
}

/** A move of the server alone. */
export interface ServerMove {
  step(): ServerStep
  label: Label
  fault: Fault | null
  wait: Wait | null
}

/** A timeout with its duration in ms. */
export interface Wait {
  id: string
  delay: number
}

/** Timeouts whose end is not a fault. */
const natural = ['.askAgain.', '.backoff.', '.maxRestartDelay.', 'restartPause', '.pause.', '.directDelay.']

export type Make = (label: string, step: () => Stepped, more?: { fault?: Fault; wait?: Wait; from?: 'server' }) => Local

/** All moves of a page that do not depend on other parts of the world. */
export function localMoves(pages: Pages, page: Page): Local[] {
  const make: Make = (text, step, { fault = null, wait = null, from } = {}) =>
    ({ step, label: from ? { from, to: page.who, text } : { at: page.who, text }, fault, wait }) as Local
  return [
    ...ofPerson(pages, page, make),
    ...ofSocket(pages, page, make),
    ...ofClock(pages, page, make),
    ...ofPeer(pages, page, make),
    ...ofPrepared(pages, page, make),
  ]
}

function ofPerson(pages: Pages, page: Page, make: Make): Local[] {
  const { membership } = page.model
  const moves: Local[] = []
  // The lobby shows *Join* then.
  if (membership.matches({ lobby: 'alone' }) || (membership.matches('lobby') && membership.context.policy === 'open'))
    moves.push(make('joins', () => pages.send(page, 'membership', { type: 'user.joined' })))
  if (!membership.matches({ lobby: 'alone' }))
    moves.push(make('reloads the page', () => pages.reload(page), { fault: 'reload' }))
  moves.push(...atDoor(pages, page, make))
  if (membership.matches('left')) {
    // A visitor who left may stay away; a rejected visitor tries again.
    const wait = membership.matches({ left: 'rejected' }) ? { id: 'again', delay: 70_000 } : undefined
    moves.push(
      make('joins again', () => pages.send(page, 'membership', { type: 'user.rejoined' }), {
        fault: 'rejoin',
        ...(wait && { wait }),
      }),
    )
  }
  if (!membership.matches('lobby') || page.prepared)
    moves.push(make('the network changes', () => pages.change(page), { fault: 'network' }))
  if (membership.matches('joining'))
    moves.push(make('leaves', () => pages.send(page, 'membership', { type: 'user.hungUp' }), { fault: 'hangup' }))
  if (membership.matches('joined'))
    moves.push(make('hangs up', () => pages.send(page, 'membership', { type: 'user.hungUp' }), { fault: 'hangup' }))
  // A user who is asked about an unauthenticated peer answers in the end.
  if (page.model.call.matches('unauthenticatedPeer'))
    moves.push(
      make('rejects the unauthenticated peer', () => pages.send(page, 'membership', { type: 'user.hungUp' }), {
        wait: { id: 'answer', delay: 10_000 },
      }),
    )
  return moves
}

/** The visitor's moves at the door, and the holder's answers and policies. */
function atDoor(pages: Pages, page: Page, make: Make): Local[] {
  const { membership, signaling } = page.model
  const { visitor, policy } = membership.context
  const moves: Local[] = []
  // A visitor who was not admitted asks again in the end.
  if (membership.matches({ lobby: 'atDoor' }) && policy === 'ask' && !membership.context.isRoomFull)
    moves.push(
      make('asks', () => pages.send(page, 'membership', { type: 'user.asked', name: page.who } as { type: string }), {
        fault: 'ask',
        wait: { id: 'ask', delay: 20_000 },
      }),
    )
  if (membership.matches({ lobby: 'asking' }))
    moves.push(
      make('cancels the request', () => pages.send(page, 'membership', { type: 'user.withdrew' }), {
        fault: 'withdraw',
      }),
    )
  if (!membership.matches('joined') || !signaling.matches({ connected: 'joined' })) return moves
  const hasAnswered = ownWire(page.line)?.up.some(
    (request) => request.type === 'answer' && request.visitor === visitor?.id,
  )
  if (visitor && !visitor.isAdmitted && !hasAnswered) {
    const decline = { type: 'visitor.answered', visitor: visitor.id, isAdmitted: false } as { type: string }
    const wait = { id: 'admit', delay: 5_000 }
    moves.push(make('admits the visitor', () => pages.admit(page, visitor.id), { wait }))
    moves.push(make('declines the visitor', () => pages.send(page, 'signaling', decline), { fault: 'decline' }))
  }
  for (const other of roomPolicies.filter((each) => each !== policy))
    moves.push(make(`selects the policy ${other}`, () => pages.selectPolicy(page, other), { fault: 'policy' }))
  return moves
}

function ofSocket(pages: Pages, page: Page, make: Make): Local[] {
  const wire = ownWire(page.line)
  if (!wire) return []
  const withWire = (change: Partial<typeof wire>): Page => ({
    ...page,
    line: withOwn(page.line, { ...wire, ...change }),
  })
  if (wire.isCut) {
    return [
      make('notices that the socket is dead', () =>
        pages.send({ ...page, line: closeByServer(page.line) }, 'signaling', { type: 'socket.closed', random: 0 } as {
          type: string
        }),
      ),
    ]
  }
  if (!wire.isOpen)
    return [
      make('opens a socket', () => pages.send(withWire({ isOpen: true }), 'signaling', { type: 'socket.opened' })),
    ]
  const [reply, ...down] = wire.down
  return [
    make('the socket is cut', () => unchanged(withWire({ isCut: true, down: [] })), { fault: 'drop' }),
    make('the node of the page dies', () => unchanged(withDeadNode(page)), { fault: 'die' }),
    ...(page.model.signaling.matches({ connected: 'joined' })
      ? [
          make('an unauthenticated offer', () => pages.receiveUnauthenticatedOffer(page), {
            fault: 'unauthenticatedOffer',
            from: 'server',
          }),
        ]
      : []),
    ...(page.line.socket?.isProbed
      ? [make('is alive', () => pages.proveSignalingAlive(page), { from: 'server' })]
      : []),
    ...(reply ? [make(textOfReply(reply), () => pages.receive(withWire({ down }), reply), { from: 'server' })] : []),
  ]
}

/** All sockets of a page are at one node. */
const withDeadNode = (page: Page): Page => ({
  ...page,
  line: {
    ...page.line,
    wires: page.line.wires.map((wire) => (wire.isOpen ? { ...wire, isCut: true, down: [], node: 'writing' } : wire)),
  },
})

const textOfReply = (reply: { type: string; code?: string; roomEvent?: { type: string } }): string =>
  [reply.type, reply.code, reply.roomEvent?.type].filter(Boolean).join(' ')

function ofClock(pages: Pages, page: Page, make: Make): Local[] {
  const moves = page.model.timers.map((timer) =>
    make(`${shortOf(timer)} ends`, () => pages.fire(page, timer), {
      wait: { id: timer.id, delay: timer.delay },
      ...(!natural.some((part) => timer.id.includes(part)) && { fault: 'slow' as const }),
    }),
  )
  const { socket } = page.line
  if (socket?.leaving && !socket.leaving.isSent) {
    moves.push(
      make('leaves with unsent messages', () => unchanged({ ...page, line: settle(page.line, true) }), {
        fault: 'slow',
        wait: { id: 'goodbye', delay: 1_000 },
      }),
    )
  }
  return moves
}

const shortOf = ({ id }: Timer): string => id.replace('xstate.after.', '').split('.')[0] ?? id

function ofPeer(pages: Pages, page: Page, make: Make): Local[] {
  const { peer } = page
  const moves: Local[] = page.parting
    ? [
        make('the connection is closed', () => unchanged({ ...page, parting: null }), {
          wait: { id: 'parting', delay: 300 },
        }),
      ]
    : []
  if (!peer) return moves
  const note = (label: string, obeyed: PeerStep, fault?: Fault): void =>
    void moves.push(make(label, () => pages.applyPeerStep(page, obeyed), fault && { fault }))
  const path = (to: Partial<PeerModel>, ...facts: PeerStep['facts']): PeerStep => ({
    peer: { ...peer, ...to },
    facts,
    broken: null,
  })
  if (peer.commands[0]) note(`${peer.connection}: ${textOfOrder(peer.commands[0])}`, runCommand(peer))
  if (peer.gathering) note(`${peer.connection}: gathers a candidate`, gather(peer))
  if (peer.isSilent && peer.transport === 'open')
    note(`${peer.connection}: media arrives`, path({ isSilent: false }, { type: 'media.started' }))
  if (peer.isNews && peer.transport === 'open')
    note(
      `${peer.connection}: the transport is connected as before`,
      path({ isNews: false, isSilent: true }, { type: 'transport.connected' }),
    )
  if (peer.transport === 'open') {
    note(
      `${peer.connection}: the transport disconnects`,
      path(ended('wavering'), { type: 'transport.disconnected' }),
      'waver',
    )
    note(`${peer.connection}: the transport is lost`, path(ended('lost'), { type: 'transport.disconnected' }), 'lose')
    note(
      `${peer.connection}: the transport is lost since the network changed`,
      path(ended('wavering'), { type: 'transport.failed' }),
      'waver',
    )
  }
  if (peer.transport === 'open' || peer.transport === 'wavering')
    note(`${peer.connection}: the transport fails`, path(ended('failed'), { type: 'transport.failed' }), 'fail')
  if (peer.current && !peer.offered)
    note(`${peer.connection}: tracks changed`, path({}, { type: 'negotiation.needed' }), 'need')
  return moves
}

/** The transport after a change; it drops a report of an earlier `open`. */
const ended = (path: PeerModel['transport']): Partial<PeerModel> => ({
  transport: path,
  isNews: false,
  isSilent: false,
})

const textOfOrder = (order: { type: string; negotiation?: number; restart?: boolean }): string =>
  [order.type, order.negotiation, order.restart && 'restart'].filter(Boolean).join(' ')

/** Moves of a page's connections that depend on the peer's current or former connections. */
export function meetingMoves(pages: Pages, page: Page, other: Page): Local[] {
  return [...meetingOfPrepared(pages, page, other), ...meetingOfPeer(pages, page, other)]
}

function meetingOfPeer(pages: Pages, page: Page, other: Page): Local[] {
  const { peer } = page
  if (!peer?.current) return []
  const make = (
    text: string,
    to: Partial<PeerModel>,
    fact: PeerConnectionEvent,
    more: Partial<Pick<Local, 'fault' | 'wait'>> = {},
  ): Local => ({
    step: () => pages.applyPeerStep(page, { peer: { ...peer, ...to }, facts: [fact], broken: null }),
    label: { at: page.who, text: `${peer.connection}: ${text}` },
    fault: null,
    wait: null,
    ...more,
  })
  const moves: Local[] = []
  const { parting } = other
  if (parting && parting.name === peer.met)
    moves.push(make('receives hangup on the data channel', {}, { type: 'hangup.received' }))
  if (peer.transport === 'failed') return moves
  if (isMatch(peer, other.peer)) {
    if (peer.transport === 'none')
      moves.push(
        make(
          'the transport connects',
          { transport: 'open', isSilent: true, isNews: false, met: other.peer!.name },
          { type: 'transport.connected' },
        ),
      )
    if (peer.transport === 'wavering')
      moves.push(make('the transport recovers', { transport: 'open', isSilent: true }, { type: 'transport.connected' }))
    if (peer.transport === 'lost')
      moves.push(
        make(
          'the browser reports the transport as failed',
          ended('failed'),
          { type: 'transport.failed' },
          { wait: consent },
        ),
      )
    return moves
  }
  // The other page takes the same connection over in a moment.
  if (other.prepared?.name === peer.met) return moves
  // While both sides still negotiate, only a slow step can cause this.
  const isGone = other.peer?.connection !== peer.connection || !isSamePeer(peer, other.peer)
  const fault = isGone ? null : 'slow'
  if (peer.transport === 'open')
    moves.push(
      make(
        'the transport receives nothing',
        ended('wavering'),
        { type: 'transport.disconnected' },
        { fault, wait: { id: 'silence', delay: 3_500 } },
      ),
    )
  moves.push(
    make(
      'connectivity checks time out',
      ended('failed'),
      { type: 'transport.failed' },
      { fault, wait: isGone ? consent : { id: 'checks', delay: 30_000 } },
    ),
  )
  return moves
}

/** RFC 7675: after 15 to 30 s without a response the consent to send expires. */
const consent: Wait = { id: 'consent', delay: 16_000 }
