import type { ConnectionFact } from '../../../machines/call/callEvents.ts'
import type { Fault } from './budget.ts'
import type { Timer } from './brain.ts'
import { settle, withOwn, ownWire, finish } from './line.ts'
import { type Page, type Pages, still, type Stepped } from './page.ts'
import { gather, isAcquainted, isMatch, obey, type Obeyed, type Peer } from './peer.ts'
import type { Label } from './label.ts'

/** Something that may happen next to a page alone. The step is taken where somebody asks for its outcome: most are never asked. */
export interface Local {
  step(): Stepped
  label: Label
  /** What it takes from the budget; null: it happens of itself. */
  fault: Fault | null
  /** A wait that ends: how long it is, and which. */
  wait: Wait | null
}

export interface Wait { id: string; delay: number }

/** Waits that end without anything being slow: there is nothing else to wait for. */
const natural = ['.pause.', '.farewell.', '.restartPause.', 'respite']

type Make = (label: string, step: () => Stepped, more?: { fault?: Fault; wait?: Wait; from?: 'server' }) => Local

/** All that may happen to a page whatever the rest of the world does. */
export function localMoves(pages: Pages, page: Page): Local[] {
  const make: Make = (text, step, { fault = null, wait = null, from } = {}) =>
    ({ step, label: from ? { from, to: page.who, text } : { at: page.who, text }, fault, wait } as Local)
  return [...ofPerson(pages, page, make), ...ofSocket(pages, page, make), ...ofClock(pages, page, make), ...ofPeer(pages, page, make)]
}

function ofPerson(pages: Pages, page: Page, make: Make): Local[] {
  const { visit } = page.brain
  const moves: Local[] = []
  if (visit.value === 'lobby') moves.push(make('joins', () => pages.tell(page, 'visit', { type: 'user.joined' })))
  else moves.push(make('loads the page anew', () => pages.reload(page), { fault: 'reload' }))
  if (visit.matches('outside')) {
    // Who left may stay away; who was refused tries again.
    const wait = visit.matches({ outside: 'refused' }) ? { id: 'again', delay: 70_000 } : undefined
    moves.push(make('joins again', () => pages.tell(page, 'visit', { type: 'user.rejoined' }), { fault: 'rejoin', ...(wait && { wait }) }))
  }
  if (visit.value !== 'lobby') moves.push(make('the network changes', () => pages.change(page), { fault: 'network' }))
  if (visit.matches('entering')) moves.push(make('leaves', () => pages.tell(page, 'visit', { type: 'user.left' }), { fault: 'hangup' }))
  if (visit.matches('inside')) moves.push(make('hangs up', () => pages.tell(page, 'call', { type: 'user.hungUp' }), { fault: 'hangup' }))
  // Who is asked about a stranger answers in the end.
  if (page.brain.call.matches('unproven')) moves.push(make('wants no stranger', () => pages.tell(page, 'call', { type: 'user.hungUp' }), { wait: { id: 'answer', delay: 10_000 } }))
  return moves
}

function ofSocket(pages: Pages, page: Page, make: Make): Local[] {
  const wire = ownWire(page.line)
  if (!wire) return []
  const withWire = (change: Partial<typeof wire>): Page => ({ ...page, line: withOwn(page.line, { ...wire, ...change }) })
  if (wire.isCut) {
    return [make('notices that the socket is dead', () => pages.tell({ ...page, line: finish(page.line) }, 'link', { type: 'socket.closed', chance: 0 } as { type: string }))]
  }
  if (!wire.isOpen) return [make('has a socket', () => pages.tell(withWire({ isOpen: true }), 'link', { type: 'socket.opened' }))]
  const [reply, ...down] = wire.down
  return [
    make('the socket is cut', () => still(withWire({ isCut: true, down: [] })), { fault: 'drop' }),
    ...(page.brain.link.matches({ online: 'seated' }) ? [make('a stranger’s offer', () => pages.hearStranger(page), { fault: 'stranger', from: 'server' })] : []),
    ...(page.line.socket?.isProbed ? [make('is there', () => pages.prove(page), { from: 'server' })] : []),
    ...(reply ? [make(textOfReply(reply), () => pages.hear(withWire({ down }), reply), { from: 'server' })] : []),
  ]
}

const textOfReply = (reply: { type: string; code?: string; news?: { type: string } }): string =>
  [reply.type, reply.code, reply.news?.type].filter(Boolean).join(' ')

function ofClock(pages: Pages, page: Page, make: Make): Local[] {
  const moves = page.brain.timers.map((timer) => make(`${shortOf(timer)} ends`, () => pages.fire(page, timer), {
    wait: { id: timer.id, delay: timer.delay }, ...(!natural.some((part) => timer.id.includes(part)) && { fault: 'slow' as const }),
  }))
  const { socket } = page.line
  if (socket?.leaving && !socket.leaving.isSent) {
    moves.push(make('says good-bye with things unsaid', () => still({ ...page, line: settle(page.line, true) }), { fault: 'slow', wait: { id: 'goodbye', delay: 1_000 } }))
  }
  return moves
}

const shortOf = ({ id }: Timer): string => id.replace('xstate.after.', '').split('.')[0] ?? id

function ofPeer(pages: Pages, page: Page, make: Make): Local[] {
  const { peer } = page
  const moves: Local[] = page.parting ? [make('the connection is closed', () => still({ ...page, parting: null }), { wait: { id: 'parting', delay: 300 } })] : []
  if (!peer) return moves
  const note = (label: string, obeyed: Obeyed, fault?: Fault): void => void moves.push(make(label, () => pages.note(page, obeyed), fault && { fault }))
  const path = (to: Partial<Peer>, ...facts: Obeyed['facts']): Obeyed => ({ peer: { ...peer, ...to }, facts, broken: null })
  if (peer.orders[0]) note(`${peer.connection}: ${textOfOrder(peer.orders[0])}`, obey(peer))
  if (peer.gathering) note(`${peer.connection}: finds an address`, gather(peer))
  if (peer.isSilent && peer.path === 'open') note(`${peer.connection}: media arrives`, path({ isSilent: false }, { type: 'media.flowed' }))
  if (peer.isNews && peer.path === 'open') note(`${peer.connection}: the path is open as before`, path({ isNews: false, isSilent: true }, { type: 'path.opened' }))
  if (peer.path === 'open') {
    note(`${peer.connection}: the path wavers`, path(ended('wavering'), { type: 'path.wavered' }), 'waver')
    note(`${peer.connection}: nothing arrives any more`, path(ended('lost'), { type: 'path.wavered' }), 'lose')
    note(`${peer.connection}: nothing arrives since the network changed`, path(ended('wavering'), { type: 'path.failed' }), 'waver')
  }
  if (peer.path === 'open' || peer.path === 'wavering') note(`${peer.connection}: the path fails`, path(ended('failed'), { type: 'path.failed' }), 'fail')
  if (peer.current && !peer.offered) note(`${peer.connection}: tracks changed`, path({}, { type: 'negotiation.needed' }), 'need')
  return moves
}

/** That it was open is no news any more. */
const ended = (path: Peer['path']): Partial<Peer> => ({ path, isNews: false, isSilent: false })

const textOfOrder = (order: { type: string; negotiation?: number; restart?: boolean }): string =>
  [order.type, order.negotiation, order.restart && 'restart'].filter(Boolean).join(' ')

/** What may happen to a page’s peer connection because of what the other side’s is, or was. */
export function meetingMoves(pages: Pages, page: Page, other: Page): Local[] {
  const { peer } = page
  if (!peer?.current) return []
  const make = (text: string, to: Partial<Peer>, fact: ConnectionFact, more: Partial<Pick<Local, 'fault' | 'wait'>> = {}): Local =>
    ({ step: () => pages.note(page, { peer: { ...peer, ...to }, facts: [fact], broken: null }), label: { at: page.who, text: `${peer.connection}: ${text}` }, fault: null, wait: null, ...more })
  const moves: Local[] = []
  const { parting } = other
  if (parting && parting.name === peer.met) moves.push(make('hears good-bye past the server', {}, { type: 'bye.received' }))
  if (peer.path === 'failed') return moves
  if (isMatch(peer, other.peer)) {
    if (peer.path === 'none') moves.push(make('the path opens', { path: 'open', isSilent: true, isNews: false, met: other.peer!.name }, { type: 'path.opened' }))
    if (peer.path === 'wavering') moves.push(make('the path is back', { path: 'open', isSilent: true }, { type: 'path.opened' }))
    if (peer.path === 'lost') moves.push(make('the browser gives the path up', ended('failed'), { type: 'path.failed' }, { wait: consent }))
    return moves
  }
  // While the two are about to agree, nothing is missing but what is slow.
  const isGone = other.peer?.connection !== peer.connection || !isAcquainted(peer, other.peer)
  const fault = isGone ? null : 'slow'
  if (peer.path === 'open') moves.push(make('nothing arrives', ended('wavering'), { type: 'path.wavered' }, { fault, wait: { id: 'silence', delay: 3_500 } }))
  moves.push(make('nobody answers', ended('failed'), { type: 'path.failed' }, { fault, wait: isGone ? consent : { id: 'checks', delay: 30_000 } }))
  return moves
}

/** RFC 7675: who is not answered for 15 to 30 s may send no more. */
const consent: Wait = { id: 'consent', delay: 16_000 }
