import type { ConnectionFact, ConnectionOrder } from '../../../machines/call/callEvents.ts'
import type { SocketFact } from '../../../machines/signaling/signalingEvents.ts'
import { ufragOf } from '../../../machines/protocol/iceCandidate.ts'
import { type Brain, type Part, type Rig, stranger, type Timer, type Wish } from './brain.ts'
import * as realLine from './line.ts'
import { type Line, newLine, send } from './line.ts'
import { newPeer, type Obeyed, type Peer } from './peer.ts'
import { Table } from './table.ts'
import type { Reply, Who } from './words.ts'

/** One person's page: what decides, what speaks, and its peer connection. */
export interface Page {
  who: Who
  brain: Brain
  line: Line
  peer: Peer | null
  /** One that is closed, and whose good-bye is on its way past the server. */
  parting: Peer | null
  /** Peer connections so far. */
  peers: number
}

/** A page after a step, which rules it broke, and which waits began with it. */
export interface Stepped { page: Page; broken: string[]; started: string[] }

export type LineRules = Pick<typeof realLine, 'joined' | 'answered' | 'speak'>

/** Pages take steps by the rules at hand; a planted fault brings its own. */
export class Pages {
  readonly #rig: Rig
  readonly #rules: LineRules
  readonly #lines = new Table<Line>()
  readonly #peers = new Table<Peer | null>()

  constructor(rig: Rig, rules: LineRules = realLine) {
    this.#rig = rig
    this.#rules = rules
  }

  keyOf({ who, brain, line, peer, parting, peers }: Page): string {
    return [who, this.#rig.numberOf(brain), this.#lines.numberOf(line), this.#peers.numberOf(peer), this.#peers.numberOf(parting), peers].join()
  }

  begin(who: Who): Page {
    return this.#load({ who, line: newLine(0, []), peer: null, parting: null, peers: 0 }, { memory: {}, keys: 0 }).page
  }

  /** The page says that it goes, and is loaded anew in its tab. */
  reload(page: Page): Stepped {
    const told = this.tell(page, 'link', { type: 'page.closed' }).page
    const { wires, life } = realLine.abandonSocket(told.line)
    return this.#load({ ...told, line: newLine(life + 1, wires), peer: null, parting: null }, told.brain)
  }

  #load(rest: Omit<Page, 'brain'>, tab: Pick<Brain, 'memory' | 'keys'>): Stepped {
    const [brain, wishes] = this.#rig.begin(rest.who, tab)
    return this.#grant({ ...rest, brain }, wishes)
  }

  tell(page: Page, part: Part, event: { type: string }): Stepped {
    const [brain, wishes] = this.#rig.tell(page.who, page.brain, part, event)
    return this.#grant({ ...page, brain }, wishes)
  }

  /** The network is another one (client/session/callSession.ts). */
  change(page: Page): Stepped {
    const event = { type: 'network.changed' }
    return this.#after(this.tell(page, 'link', event), (now) => this.tell(now, 'call', event))
  }

  fire(page: Page, timer: Timer): Stepped {
    const [brain, wishes] = this.#rig.fire(page.who, page.brain, timer)
    return this.#grant({ ...page, brain }, wishes)
  }

  /** What its peer connection did, and has to report. */
  note(page: Page, { peer, facts, broken }: Obeyed): Stepped {
    const before: Stepped = { page: { ...page, peer }, broken: broken === null ? [] : [broken], started: [] }
    return facts.reduce((so, fact) => this.#after(so, (now) => this.#report(now, peer, fact)), before)
  }

  /** One that is closed reports no more. */
  #report(page: Page, { name }: Peer, fact: ConnectionFact): Stepped {
    return page.peer?.name === name ? this.tell(page, 'call', fact) : still(page)
  }

  /** The first of what the server says arrives. */
  hear(page: Page, reply: Reply): Stepped {
    const { line } = page
    const stay = 'visit' in reply && reply.visit !== line.socket?.visit ? 'none' : line.socket?.stay
    switch (reply.type) {
      case 'left': return this.#hearLeft(page)
      case 'joined': return stay !== 'asked' ? still(page)
        : this.#fromSocket(this.#read(page, reply), { type: 'seat.given', position: reply.position, seat: reply.seat as never })
      case 'news': return stay !== 'in' ? still(page) : this.#hearNews(page, reply)
      case 'refused': return stay !== 'asked' ? still(page) : this.#hearRefusal(page, reply.code)
      case 'ended': return stay !== 'asked' && stay !== 'in' ? still(page)
        : this.#fromSocket({ ...page, line: realLine.finish(line) }, { type: 'socket.closed', chance: 0 })
    }
  }

  /** Who comes back to a seat that was left reads on where the mailbox ends: what went before was for a call that is over. */
  #read(page: Page, reply: Extract<Reply, { type: 'joined' }>): Page {
    const line = this.#rules.joined(page.line, reply)
    return { ...page, line: page.brain.link.context.position === null ? { ...line, heard: null } : line }
  }

  /** The answer to something said. */
  answer(page: Page, answer: Parameters<LineRules['answered']>[1], isOld: boolean): Page {
    return { ...page, line: this.#rules.answered(page.line, answer, isOld) }
  }

  #hearLeft(page: Page): Stepped {
    const leaving = page.line.socket?.leaving
    if (!leaving) return still(page)
    const told = leaving.isIn ? this.#fromSocket(page, { type: 'leave.heard' }) : still(page)
    return { ...told, page: { ...told.page, line: realLine.left(told.page.line) } }
  }

  #hearRefusal(page: Page, code: Extract<Reply, { type: 'refused' }>['code']): Stepped {
    const keys = page.brain.keys + 1
    const asked = { ...page, brain: { ...page.brain, keys }, line: realLine.finish(page.line) }
    return this.#fromSocket(asked, { type: 'visit.refused', code, chance: 0, key: `${page.who}.key${keys}` })
  }

  /** Each once, in order: next to what was heard before, or the first of a new life. After a gap that was told, anything. */
  #hearNews(page: Page, { position, news, said }: Extract<Reply, { type: 'news' }>): Stepped {
    const { heard } = page.line
    const isNext = !said || !heard || (said.life === heard.life ? said.nth === heard.nth + 1 : said.life > heard.life && said.nth === 1)
    const after = news.type === 'resync' ? null : said ? { life: said.life, nth: said.nth } : heard
    const told = this.#fromSocket({ ...page, line: { ...page.line, heard: after } }, { type: 'news.read', position, news: news as never })
    return isNext ? told : { ...told, broken: [...told.broken, 'each message is heard once, and in order'] }
  }

  /** The server says that it is there. */
  prove(page: Page): Stepped {
    return this.#fromSocket({ ...page, line: realLine.proven(page.line) }, { type: 'line.proven' })
  }

  /** Whoever has the other seat now offers a connection. */
  hearStranger(page: Page): Stepped {
    const message = { type: 'offer', connection: 'b999.1', negotiation: 1, sdp: `v=0\na=ice-ufrag:${stranger}` } as const
    return this.#fromSocket(page, { type: 'news.read', position: page.brain.link.context.position ?? '', news: { type: 'message', message } })
  }

  #fromSocket(page: Page, fact: SocketFact): Stepped {
    return this.tell(page, 'link', fact)
  }

  #grant(page: Page, wishes: Wish[]): Stepped {
    return wishes.reduce((so, wish) => this.#after(so, (now) => this.#grantOne(now, wish)), still(page))
  }

  #grantOne(page: Page, wish: Wish): Stepped {
    const { line } = page
    const speaking = (after: Line): Stepped => still({ ...page, line: after })
    switch (wish.type) {
      case 'said': return { ...speaking(this.#rules.speak(line, wish.message)), broken: wish.isSeated ? [] : ['nothing is said after leaving'] }
      case 'socket.opened': return speaking(realLine.openSocket(line))
      case 'socket.closed': return speaking(realLine.closeSocket(line))
      case 'socket.told': return speaking(ordered(line, wish.order))
      case 'peer.opened': return still({ ...page, peer: newPeer(`${page.who}${page.peers + 1}`, wish.connection), peers: page.peers + 1 })
      case 'peer.closed': return still({ ...page, peer: null })
      case 'peer.told': return { ...still(told(page, wish.order)), broken: isStrangers(wish.order) ? ['a stranger is not met without the person’s consent'] : [] }
      case 'timer.started': return { ...still(page), started: [wish.id] }
    }
  }

  #after(so: Stepped, next: (page: Page) => Stepped): Stepped {
    const { page, broken, started } = next(so.page)
    return { page, broken: [...so.broken, ...broken], started: [...so.started, ...started] }
  }
}

/** A good-bye does not wait its turn. Whether anything still arrives is seen at any time here (moves.ts). */
function told(page: Page, order: ConnectionOrder): Page {
  const { peer } = page
  if (!peer || order.type === 'look.at.path') return page
  if (order.type === 'say.bye') return peer.met ? { ...page, parting: { ...peer, orders: [] } } : page
  return { ...page, peer: { ...peer, orders: [...peer.orders, order] } }
}

const isStrangers = (order: ConnectionOrder): boolean => 'sdp' in order && ufragOf(order.sdp) === stranger

export const still = (page: Page): Stepped => ({ page, broken: [], started: [] })

function ordered(line: Line, order: Extract<Wish, { type: 'socket.told' }>['order']): Line {
  if (order.type === 'visit') return realLine.visit(line, order)
  if (order.type === 'report') return send(line, { type: 'report', media: order.media })
  if (order.type === 'probe') return realLine.probe(line)
  return order.mayReturn ? send(line, { type: 'leave', mayReturn: true }) : realLine.leave(line)
}
