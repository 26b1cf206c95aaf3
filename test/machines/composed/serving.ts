import type { room } from '../../../machines/room/roomMachine.ts'
import { dueAt, seatNames } from '../../../machines/room/seats.ts'
import type { RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'
import { holdMs } from '../../../server/rooms/startHold.ts'
import { parsePosition } from '../../../server/rooms/store.ts'
import type { Fault } from './budget.ts'
import type { Label } from './label.ts'
import { tidy } from './line.ts'
import { dropAll, dropUntil } from './mailbox.ts'
import type { Wait } from './moves.ts'
import { type Page, type Pages, still, type Stepped } from './page.ts'
import * as realServer from './server.ts'
import { type Server, withBox } from './server.ts'
import type { Reply, Request, Stay, Wire } from './words.ts'

/** Something that may happen next between a page and the server. */
export interface Served { step(): ServedStep; label: Label; fault: Fault | null; wait: Wait | null }
interface ServedStep extends Stepped { server: Server }
export interface ServerMove { server: Server; broken: string[]; label: Label; fault: Fault | null; wait: Wait | null }

export type ServerRules = Pick<typeof realServer, 'enter' | 'apply' | 'say' | 'read' | 'waits' | 'crash' | 'restart'> & { machine: typeof room; forget(server: Server, seat: SeatName): Server }

/** The server and one page: what it takes, what the page reads, and when it notices that a socket is dead. */
export class Serving {
  readonly #pages: Pages
  readonly #rules: ServerRules

  constructor(pages: Pages, rules: ServerRules) {
    this.#pages = pages
    this.#rules = rules
  }

  moves(page: Page, server: Server): Served[] {
    return page.line.wires.flatMap((wire, index) => (wire.isOpen ? this.#ofWire(page, server, wire, index) : []))
  }

  #ofWire(page: Page, server: Server, wire: Wire, index: number): Served[] {
    const [first, second] = wire.up
    const isSaying = first?.type === 'say'
    const moves: Served[] = []
    if (first?.type === 'visit' && this.#rules.waits(server, first)) return this.#keepWaiting(page, server, wire, index)
    const take = (request: Request, up: Request[], fault: Fault | null, how = ''): void => {
      const label: Label = { from: page.who, to: 'server', text: textOf(request) + how }
      moves.push({ step: () => this.#take(page, server, { ...wire, up }, index, request), label, fault, wait: null })
    }
    if (first) take(first, wire.up.slice(1), null)
    if (first && isSaying) take(first, wire.up, 'repeat', ', for the first of two times')
    if (isSaying && second?.type === 'say') take(second, [first, ...wire.up.slice(2)], 'reorder', ', before the one before it')
    if (wire.isCut ? wire.stay || first : wire.isGone && !first && wire.stay) moves.push(this.#lose(page, server, wire, index))
    if (wire.stay) moves.push(...this.#read(page, server, wire, wire.stay, index))
    return moves
  }

  #take(page: Page, server: Server, wire: Wire, index: number, request: Request): ServedStep {
    const { stay } = wire
    const { machine } = this.#rules
    const put = (change: Partial<Wire> = {}, ...replies: Reply[]): Page =>
      withWire(page, index, { ...wire, ...change, down: wire.isCut || wire.isGone ? [] : [...wire.down, ...replies] })
    switch (request.type) {
      case 'visit': {
        const entered = this.#rules.enter(machine, server, request)
        // An older visit over the same socket ends with its own subscription, which is over.
        const lost: Reply[] = entered.isLost ? [{ type: 'news', visit: request.visit, position: request.lastEventId ?? '', news: { type: 'resync' }, said: null }] : []
        return { ...still(put(entered.stay ? { stay: entered.stay } : {}, entered.reply, ...lost)), ...entered }
      }
      case 'stop': return stay?.visit === request.visit ? { ...still(put({ stay: null })), ...this.#close(server, stay) } : { ...still(put()), server }
      case 'report': {
        if (!stay) return { ...still(put()), server }
        const type = request.media === 'flowing' ? 'media.flowed' : 'media.stopped'
        return { ...still(put()), ...this.#rules.apply(machine, server, { type, seat: stay.seat, epoch: stay.epoch }, stay) }
      }
      case 'leave': {
        const page = put({}, ...(request.mayReturn ? [] : [{ type: 'left' } as const]))
        if (!stay) return { ...still(page), server }
        const type = request.mayReturn ? 'page.closed' : 'holder.left'
        return { ...still(page), ...this.#rules.apply(machine, server, { type, seat: stay.seat, epoch: stay.epoch }, stay) }
      }
      case 'say': {
        const said = stay ? this.#rules.say(server, stay, request.n, request.said) : { server, broken: [], answer: 'not-ready' as const }
        const isHeard = !wire.isCut && !wire.isGone
        const after = put()
        return { ...still(isHeard ? this.#pages.answer(after, said.answer, request.isOld) : after), server: said.server, broken: said.broken }
      }
    }
  }

  /** A stranger waits for the end of the hold, unless they give up before. */
  #keepWaiting(page: Page, server: Server, wire: Wire, index: number): Served[] {
    const [first, second] = wire.up
    const hasGivenUp = wire.isCut || wire.isGone || second?.type === 'stop'
    const label: Label = { at: 'server', text: `${page.who} waits no longer` }
    const up = first && second?.type === 'stop' ? wire.up.slice(2) : wire.up.slice(1)
    return hasGivenUp ? [served({ ...still(withWire(page, index, { ...wire, up })), server }, label)] : []
  }

  /** What was still under way is lost. */
  #lose(page: Page, server: Server, wire: Wire, index: number): Served {
    const label: Label = { at: 'server', text: `notices that ${page.who}’s ${wire.isGone ? 'old ' : ''}socket is dead` }
    const closed = wire.stay ? this.#close(server, wire.stay) : { server, broken: [] }
    return served({ ...still(withWire(page, index, { ...wire, up: [], stay: null })), ...closed }, label)
  }

  #close(server: Server, stay: Stay): realServer.Served {
    return this.#rules.apply(this.#rules.machine, server, { type: 'socket.closed', seat: stay.seat, epoch: stay.epoch, at: 0 }, stay)
  }

  #read(page: Page, server: Server, wire: Wire, stay: Stay, index: number): Served[] {
    const reading = this.#rules.read(server, stay)
    if (reading.type === 'nothing') return []
    if (reading.type !== 'letter' && reading.type !== 'lost') return [this.#end(page, server, wire, stay, index, reading.type)]
    if (wire.isCut || wire.isGone || wire.down.length > 0 || page.line.socket?.stay !== 'in' || page.line.socket.visit !== stay.visit) return []
    const said = reading.type === 'lost' ? null : reading.letter.said
    const told: RoomEvent[] = reading.type === 'lost' ? [{ type: 'resync' }, ...reading.news] : [reading.letter.event]
    const after = still(withWire(page, index, { ...wire, stay: { ...stay, n: reading.n } }))
    // Of what a gap leaves to be told, only the last carries the new position; in one step nothing comes in between.
    const heard = told.reduce<Stepped>((so, news) => {
      const next = this.#pages.hear(so.page, { type: 'news', visit: stay.visit, position: `${stay.life}.${reading.n}`, news, said })
      return { page: next.page, broken: [...so.broken, ...next.broken], started: [...so.started, ...next.started] }
    }, after)
    const label: Label = { from: 'server', to: page.who, text: told.map(textOfNews).join(', ') }
    const isRight = reading.type === 'lost' || reading.letter.at === reading.n
    const broken = isRight ? heard.broken : [...heard.broken, 'each message is heard once, and in order']
    return [served({ ...heard, broken, server: forgetRead(server, stay, heard.page, reading.n) }, label)]
  }

  #end(page: Page, server: Server, wire: Wire, stay: Stay, index: number, why: 'taken' | 'freed'): Served {
    const replies: Reply[] = [
      ...(why === 'taken' ? [{ type: 'news', visit: stay.visit, position: `${stay.life}.${stay.n}`, news: { type: 'seat.taken' }, said: null } as const] : []),
      { type: 'ended', visit: stay.visit },
    ]
    const down = wire.isCut || wire.isGone ? [] : [...wire.down, ...replies]
    const label: Label = { at: 'server', text: `ends a visit of ${page.who}: the seat is ${why}` }
    return served({ ...still(withWire(page, index, { ...wire, down, stay: null })), ...this.#close(server, stay) }, label)
  }

  /** The server ends and begins again: with its rooms, or without. Every socket of a page is cut. */
  ends(server: Server): { server: Server; label: Label; fault: Fault }[] {
    const { machine, crash, restart } = this.#rules
    return [
      { server: crash(machine, server), label: { at: 'server', text: 'is killed, and begins again' }, fault: 'crash' },
      { server: restart(machine, server), label: { at: 'server', text: 'is stopped, and begins again' }, fault: 'restart' },
    ]
  }

  cutOff(page: Page): Page {
    const wires = page.line.wires.map((wire) => (wire.isOpen ? { ...wire, isCut: true, up: [], down: [], stay: null } : wire))
    return { ...page, line: tidy({ ...page.line, wires }) }
  }

  /** What the server does by itself. */
  alone(server: Server): ServerMove[] {
    const due = dueAt(server.room.context)
    const moves: ServerMove[] = []
    if (server.isHeld) moves.push({ server: { ...server, isHeld: false }, broken: [], label: { at: 'server', text: 'lets strangers in' }, fault: null, wait: { id: 'hold', delay: holdMs } })
    if (due !== null) {
      const label: Label = { at: 'server', text: 'someone has been away for too long' }
      moves.push({ ...this.#rules.apply(this.#rules.machine, server, { type: 'time.passed', at: due }), label, fault: 'slow', wait: { id: 'grace', delay: due } })
    }
    for (const seat of seatNames) {
      if (!server.boxes?.[seat].log.length || !server.room.context.seats[seat]) continue
      moves.push({ server: this.#rules.forget(server, seat), broken: [], label: { at: 'server', text: `keeps the mail of ${seat} no longer` }, fault: 'forget', wait: null })
    }
    return moves
  }
}

const served = (step: ServedStep, label: Label): Served => ({ step: () => step, label, fault: null, wait: null })

/** More came than a mailbox holds (server/rooms/mailbox.ts). */
export function forget(server: Server, seat: SeatName): Server {
  const box = server.boxes?.[seat]
  return box ? withBox(server, seat, dropAll(box)) : server
}

const withWire = (page: Page, index: number, wire: Wire): Page =>
  ({ ...page, line: tidy({ ...page.line, wires: page.line.wires.map((each, at) => (at === index ? wire : each)) }) })

/** Letters that were read and that no visit under way may ask for again: they make no difference any more. */
function forgetRead(server: Server, { seat, life }: Stay, page: Page, n: number): Server {
  const box = server.boxes?.[seat]
  if (box?.life !== life) return server
  const asked = page.line.wires.flatMap(({ up }) => up).concat(page.line.socket?.next ?? [])
    .flatMap((request) => (request.type === 'visit' && request.lastEventId ? parsePosition(request.lastEventId) : []))
  return withBox(server, seat, dropUntil(box, Math.min(n, ...asked.filter(({ epoch }) => epoch === String(life)).map((position) => position.n))))
}

function textOf(request: Request): string {
  switch (request.type) {
    case 'visit': return request.token ? 'visit, to return' : 'visit'
    case 'say': return `say ${request.n}: ${textOfMessage(request.said.message)}`
    case 'report': return `report ${request.media}`
    case 'leave': return request.mayReturn ? 'leave, may return' : 'leave'
    case 'stop': return 'stop'
  }
}

const textOfNews = (news: RoomEvent): string => (news.type === 'message' ? textOfMessage(news.message) : news.type)

const textOfMessage = (message: { type: string; connection?: string; negotiation?: number }): string =>
  [message.type, message.connection, message.negotiation && `#${message.negotiation}`].filter(Boolean).join(' ')
