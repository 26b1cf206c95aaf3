import type { roomMachine } from '../../../machines/room/roomMachine.ts'
import { stricterPolicy } from '../../../machines/room/door.ts'
import { nextDeadline, seatNames } from '../../../machines/room/seats.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { PreparationStep, RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'
import { hashToken } from '../../../server/rooms/tokens.ts'
import { startupHoldMs } from '../../../server/rooms/startupHold.ts'
import { parsePosition } from '../../../server/rooms/store.ts'
import type { Fault } from './faultBudget.ts'
import type { Label } from './label.ts'
import { dropClosedWires } from './signalingModel.ts'
import { dropAll, dropUntil } from './mailboxModel.ts'
import type { ServerMove, Wait } from './moves.ts'
import { type Page, type Pages, unchanged, type Stepped } from './page.ts'
import * as realDoor from './doorModel.ts'
import * as realPreparation from './preparationModel.ts'
import { showsAddress } from './preparedModel.ts'
import * as realServer from './serverModel.ts'
import type * as realStore from './sharedStore.ts'
import type { SharedStoreModel } from './sharedStore.ts'
import { type ServerModel, withBox } from './serverModel.ts'
import { strangerMoves } from './strangerMoves.ts'
import type { JoinRequest, Reply, Request, SeatSubscription, SocketModel, VisitSubscription } from './channelTypes.ts'

/** A possible move between a page and the server. */
export interface PossibleMove {
  step(): ServedStep
  label: Label
  fault: Fault | null
  wait: Wait | null
}
interface ServedStep extends Stepped {
  server: ServerModel
}
/** The functions of the server model; a seeded fault replaces some of them. */
export type ServerRules = Pick<
  typeof realServer,
  'join' | 'apply' | 'sendMessage' | 'read' | 'mustWait' | 'crash' | 'restart'
> &
  Pick<typeof realDoor, 'view'> &
  Pick<typeof realPreparation, 'stepOfVisitor' | 'stepOfHolder' | 'viewOf'> & {
    machine: typeof roomMachine
    forget(server: ServerModel, seat: SeatName): ServerModel
    /** Events that a visit yields beside the view: none. */
    leak(server: ServerModel): RoomEvent[]
    /** Whether pages prepare connections (`DUET_PREPARE`). */
    prepares: boolean
    /** The store that several nodes share; undefined for a store in memory. */
    store?: SharedStoreModel
  } & Pick<typeof realStore, 'replicate' | 'failOver' | 'fence' | 'reapFormer'>

/** The moves of the server with one page: requests, mailbox reads, and noticing a dead socket. */
export class ServerMoves {
  readonly #pages: Pages
  readonly #rules: ServerRules

  constructor(pages: Pages, rules: ServerRules) {
    this.#pages = pages
    this.#rules = rules
  }

  /** Returns all moves between a page's sockets and the server. */
  moves(page: Page, server: ServerModel): PossibleMove[] {
    return page.line.wires.flatMap((wire, index) => (wire.isOpen ? this.#ofWire(page, server, wire, index) : []))
  }

  #ofWire(page: Page, server: ServerModel, wire: SocketModel, index: number): PossibleMove[] {
    if (wire.node) return this.#ofDeadNode(page, server, wire, index)
    const [first, second] = wire.up
    const isSend = first?.type === 'send'
    const moves: PossibleMove[] = []
    // The reader of a mailbox from before a loss ends before its page repeats a rejected message again and again.
    const isLost = wire.stay !== null && server.store?.lostLives.includes(wire.stay.life)
    if (wire.stay && isLost) moves.push(...this.#read(page, server, wire, wire.stay, index))
    if (first?.type === 'join' && this.#rules.mustWait(server, first))
      return this.#keepWaiting(page, server, wire, index)
    const take = (request: Request, up: Request[], fault: Fault | null, how = '', wait: Wait | null = null): void => {
      const label: Label = { from: page.who, to: 'server', text: textOf(request) + how }
      moves.push({ step: () => this.#take(page, server, { ...wire, up }, index, request), label, fault, wait })
    }
    if (first?.type === 'join' && awaitsAdmission(server, wire, first)) {
      moves.push(...this.#keepWaiting(page, server, wire, index))
      take(first, wire.up.slice(1), 'slow', ', after the wait for its admission', {
        id: 'admissionWait',
        delay: timeouts.admissionWaitMs,
      })
    } else if (first) take(first, wire.up.slice(1), null)
    if (first && isLimited(server, first)) moves.push(this.#throttle(page, server, wire, index, first))
    if (first && isSend) take(first, wire.up, 'repeat', ', the first of two times')
    if (isSend && second?.type === 'send')
      take(second, [first, ...wire.up.slice(2)], 'reorder', ', before the previous one')
    const isUsed = wire.stay !== null || wire.visit !== null
    if (wire.isCut ? isUsed || first : wire.isGone && !first && isUsed)
      moves.push(this.#lose(page, server, wire, index))
    if (wire.stay && !isLost) moves.push(...this.#read(page, server, wire, wire.stay, index))
    if (wire.stay) moves.push(...this.#readAnswer(page, server, wire, wire.stay, index))
    if (wire.visit) moves.push(...this.#look(page, server, wire, wire.visit, index))
    return moves
  }

  /** The last writes of a dead node, and the reaper that ends its connections (server/redis/redisStore.ts). */
  #ofDeadNode(page: Page, server: ServerModel, wire: SocketModel, index: number): PossibleMove[] {
    const moves: PossibleMove[] = []
    const [first, ...up] = wire.up
    if (first && !(first.type === 'join' && this.#rules.mustWait(server, first))) {
      const label: Label = { from: page.who, to: 'server', text: `${textOf(first)}, from the dead node` }
      moves.push({
        step: () => this.#take(page, server, { ...wire, up }, index, first),
        label,
        fault: null,
        wait: null,
      })
    }
    if (wire.node === 'writing') {
      const label: Label = { at: 'server', text: `rejects writes of ${page.who}’s dead node` }
      const after = withWire(page, index, this.#rules.fence(wire))
      moves.push({
        ...served({ ...unchanged(after), server }, label),
        wait: { id: `reap${page.who}`, delay: maxReapDelayMs },
      })
    }
    if (wire.node === 'fenced') moves.push(this.#lose(page, server, { ...wire, node: 'reaped' }, index))
    return moves
  }

  #take(page: Page, server: ServerModel, wire: SocketModel, index: number, request: Request): ServedStep {
    const { stay } = wire
    const { machine } = this.#rules
    const put = (change: Partial<SocketModel> = {}, ...replies: Reply[]): Page =>
      withWire(page, index, { ...wire, ...change, down: wire.isCut || wire.isGone ? [] : [...wire.down, ...replies] })
    switch (request.type) {
      case 'join': {
        // Another socket cannot claim the connection of this visitor.
        const isOwn = ownsPreparation(wire, request)
        const entered = this.#rules.join(machine, server, isOwn ? request : { ...request, preparation: null })
        const { policy } = entered.server.room.context.door
        const isRestored = server.room.value === 'empty' && request.token !== null && entered.stay !== null
        const broken =
          isRestored && request.policy && stricterPolicy(policy, request.policy) !== policy
            ? ['a restored room admits no more visitors than before']
            : []
        // An older subscription on the same socket has ended with its own `stop`.
        const lost: Reply[] = entered.isLost
          ? [
              {
                type: 'event',
                subscription: request.subscription,
                position: request.lastEventId ?? '',
                roomEvent: { type: 'resync' },
                sent: null,
              },
            ]
          : []
        return {
          ...unchanged(put(entered.stay ? { stay: entered.stay } : {}, entered.reply, ...lost)),
          ...entered,
          broken: [...entered.broken, ...broken],
        }
      }
      case 'stop':
        return stay?.subscription === request.subscription
          ? { ...unchanged(put({ stay: null })), ...this.#close(server, stay) }
          : { ...unchanged(put()), server }
      case 'report': {
        if (!stay) return { ...unchanged(put()), server }
        const type = request.mediaFlow === 'flowing' ? 'media.started' : 'media.stopped'
        return {
          ...unchanged(put()),
          ...this.#rules.apply(machine, server, { type, seat: stay.seat, epoch: stay.epoch, at: 0 }, stay),
        }
      }
      case 'leave': {
        const page = put({}, ...(request.pageClosing ? [] : [{ type: 'left' } as const]))
        if (!stay) return { ...unchanged(page), server }
        const type = request.pageClosing ? 'page.closing' : 'holder.left'
        return {
          ...unchanged(page),
          ...this.#rules.apply(machine, server, { type, seat: stay.seat, epoch: stay.epoch }, stay),
        }
      }
      case 'send': {
        const appended = this.#rules.sendMessage(server, stay, request.n, request.sent)
        const isAnswered = !wire.isCut && !wire.isGone
        const after = put()
        return {
          ...unchanged(isAnswered ? this.#pages.answer(after, appended.answer, request.isOld) : after),
          server: appended.server,
          broken: appended.broken,
        }
      }
      case 'visit': {
        const { number, ask } = request
        const identity = ask && realDoor.identityOf(page.who, ask.joinKey)
        const asked = identity ? realDoor.ask(machine, server, identity, ask.name) : { server, broken: [], visit: null }
        const visit = { number, identity, visit: asked.visit, current: null, sent: '' }
        return { ...unchanged(put({ visit })), server: asked.server, broken: asked.broken }
      }
      case 'stopVisit':
        return wire.visit?.number === request.number
          ? { ...unchanged(put({ visit: null })), ...this.#leave(page, server, wire.visit, true) }
          : { ...unchanged(put()), server }
      case 'prepare':
        return this.#prepare(page, server, wire, request.step, put)
      case 'answer':
        return {
          ...unchanged(put()),
          ...realDoor.answerVisitor(machine, server, stay, request.visitor, request.isAdmitted),
        }
      case 'setPolicy':
        return { ...unchanged(put()), ...realDoor.setPolicy(machine, server, stay, request.policy) }
    }
  }

  /** A client above its rate limit (server/limits/rateLimiter.ts, and the limits of requests in roomService.ts). */
  #throttle(page: Page, server: ServerModel, wire: SocketModel, index: number, request: LimitedRequest): PossibleMove {
    const reply: Reply =
      request.type === 'join'
        ? { type: 'refused', subscription: request.subscription, code: 'throttled' }
        : { type: 'visitRefused', number: request.number, code: 'throttled' }
    const down = wire.isCut || wire.isGone ? [] : [...wire.down, reply]
    const after = withWire(page, index, { ...wire, up: wire.up.slice(1), down })
    const label: Label = { from: page.who, to: 'server', text: `${textOf(request)}, throttled` }
    return { step: () => ({ ...unchanged(after), broken: [], server }), label, fault: 'throttle', wait: null }
  }

  /** A new visitor waits for the end of the hold, unless the visitor gives up earlier. */
  #keepWaiting(page: Page, server: ServerModel, wire: SocketModel, index: number): PossibleMove[] {
    const [first, second] = wire.up
    const hasGivenUp = wire.isCut || wire.isGone || second?.type === 'stop'
    const label: Label = { at: 'server', text: `${page.who} stops waiting` }
    const up = first && second?.type === 'stop' ? wire.up.slice(2) : wire.up.slice(1)
    return hasGivenUp ? [served({ ...unchanged(withWire(page, index, { ...wire, up })), server }, label)] : []
  }

  /** Requests in transit are lost. */
  #lose(page: Page, server: ServerModel, wire: SocketModel, index: number): PossibleMove {
    const text = wire.node
      ? `ends the connections of ${page.who}’s dead node`
      : `notices that ${page.who}’s ${wire.isGone ? 'old ' : ''}socket is dead`
    const label: Label = { at: 'server', text }
    const closed = wire.stay ? this.#close(server, wire.stay) : { server, broken: [] }
    // A page that closes says so, unless its socket is dead.
    const left = wire.visit ? this.#leave(page, closed.server, wire.visit, !wire.isCut) : closed
    const after = withWire(page, index, { ...wire, up: wire.node ? wire.up : [], stay: null, visit: null })
    return served({ ...unchanged(after), server: left.server, broken: [...closed.broken, ...left.broken] }, label)
  }

  /** The end of a visit ends its attempt, too (server/api/visitSubscription.ts). */
  #leave(page: Page, server: ServerModel, visit: VisitSubscription, isGone: boolean): realServer.ServerStep {
    const { machine } = this.#rules
    const ended = realPreparation.endByVisitor(machine, server, preparingVisit(page, visit))
    const left = realDoor.leaveDoor(machine, ended.server, visit.visit, isGone)
    return { server: left.server, broken: [...ended.broken, ...left.broken] }
  }

  /** takePreparationStep of server/api/preparationStep.ts. */
  #prepare(
    page: Page,
    server: ServerModel,
    wire: SocketModel,
    step: PreparationStep,
    put: (change?: Partial<SocketModel>) => Page,
  ): ServedStep {
    const { machine, stepOfHolder, stepOfVisitor, prepares } = this.#rules
    const { stay, visit } = wire
    if (!prepares || (!stay && !visit)) return { ...unchanged(put()), server }
    if (stay) return { ...unchanged(put()), ...stepOfHolder(machine, this.#pages.relay, server, stay, step) }
    const taken = stepOfVisitor(machine, this.#pages.relay, server, preparingVisit(page, visit!), step, page.who)
    const { current } = taken
    return { ...unchanged(put({ visit: { ...visit!, current } })), server: taken.server, broken: taken.broken }
  }

  /** The answer of the visitor reaches the subscription that the holder had then. */
  #readAnswer(
    page: Page,
    server: ServerModel,
    wire: SocketModel,
    { serial, subscription, life, n }: SeatSubscription,
    index: number,
  ): PossibleMove[] {
    const { answer } = server
    const isReading = page.line.socket?.stay === 'in' && page.line.socket.subscription === subscription
    if (answer?.serial !== serial || wire.isCut || wire.isGone || wire.down.length > 0 || !isReading) return []
    const roomEvent = { type: 'preparation.answered', preparation: answer.id, sdp: answer.sdp } as const
    const position = `${life}.${n}`
    const before = withWire(page, index, wire)
    const received = this.#pages.receive(before, { type: 'event', subscription, position, roomEvent, sent: null })
    const label: Label = { from: 'server', to: page.who, text: roomEvent.type }
    const broken = [...received.broken, ...faultsOfDescription(answer.sdp)]
    return [served({ ...received, broken, server: { ...server, answer: null } }, label)]
  }

  /** A visit yields each change of its view. The next one waits until the previous one has arrived. */
  #look(page: Page, server: ServerModel, wire: SocketModel, visit: VisitSubscription, index: number): PossibleMove[] {
    const preparation = this.#rules.prepares ? this.#rules.viewOf(server, preparingVisit(page, visit)) : undefined
    const view = { ...this.#rules.view(server, visit.identity), ...(preparation !== undefined && { preparation }) }
    const { retryAfterMs: _, ...state } = view
    const leaked = this.#rules.leak(server)
    const sent = JSON.stringify([state, leaked])
    const broken = [
      ...faultsOfDescription(preparation?.offer ?? ''),
      ...realDoor.faultsOfView(server, visit.identity, view),
    ]
    if (leaked.length > 0) broken.push('no message of a holder reaches a visitor')
    const isWaiting = wire.down.some(({ type }) => type === 'visited')
    if (wire.isCut || wire.isGone || isWaiting || sent === visit.sent) return []
    const reply: Reply = { type: 'visited', number: visit.number, view }
    const after = withWire(page, index, { ...wire, visit: { ...visit, sent }, down: [...wire.down, reply] })
    const shown = preparation && `, attempt ${preparation.id}${preparation.offer ? ' with its offer' : ''}`
    const label: Label = {
      at: 'server',
      text: `shows ${page.who} the room: ${view.occupancy}, ${view.ask}${shown ?? ''}`,
    }
    return [served({ ...unchanged(after), broken, server }, label)]
  }

  #close(server: ServerModel, stay: SeatSubscription): realServer.ServerStep {
    return this.#rules.apply(
      this.#rules.machine,
      server,
      { type: 'socket.closed', seat: stay.seat, epoch: stay.epoch, at: 0 },
      stay,
    )
  }

  #read(page: Page, server: ServerModel, wire: SocketModel, stay: SeatSubscription, index: number): PossibleMove[] {
    const reading = this.#rules.read(server, stay)
    if (reading.type === 'nothing') return []
    if (reading.type !== 'event' && reading.type !== 'truncated')
      return [this.#end(page, server, wire, stay, index, reading.type)]
    if (
      wire.isCut ||
      wire.isGone ||
      wire.down.length > 0 ||
      page.line.socket?.stay !== 'in' ||
      page.line.socket.subscription !== stay.subscription
    )
      return []
    const sent = reading.type === 'truncated' ? null : reading.entry.sent
    const delivered: RoomEvent[] =
      reading.type === 'truncated' ? [{ type: 'resync' }, ...reading.roomEvents] : [reading.entry.event]
    const after = unchanged(withWire(page, index, { ...wire, stay: { ...stay, n: reading.n } }))
    // After a gap only the last event carries the new position. In one step nothing can come between them.
    const received = delivered.reduce<Stepped>((so, roomEvent) => {
      const next = this.#pages.receive(so.page, {
        type: 'event',
        subscription: stay.subscription,
        position: `${stay.life}.${reading.n}`,
        roomEvent,
        sent,
      })
      return { page: next.page, broken: [...so.broken, ...next.broken], started: [...so.started, ...next.started] }
    }, after)
    const label: Label = { from: 'server', to: page.who, text: delivered.map(textOfEvent).join(', ') }
    const isRight = reading.type === 'truncated' || reading.entry.at === reading.n
    const broken = isRight ? received.broken : [...received.broken, 'each message arrives once and in order']
    return [served({ ...received, broken, server: forgetRead(server, stay, received.page, reading.n) }, label)]
  }

  #end(
    page: Page,
    server: ServerModel,
    wire: SocketModel,
    stay: SeatSubscription,
    index: number,
    why: 'superseded' | 'released',
  ): PossibleMove {
    const replies: Reply[] = [
      ...(why === 'superseded'
        ? [
            {
              type: 'event',
              subscription: stay.subscription,
              position: `${stay.life}.${stay.n}`,
              roomEvent: { type: 'seat.replaced' },
              sent: null,
            } as const,
          ]
        : []),
      { type: 'ended', subscription: stay.subscription },
    ]
    const down = wire.isCut || wire.isGone ? [] : [...wire.down, ...replies]
    const label: Label = { at: 'server', text: `ends a subscription of ${page.who}: the seat is ${why}` }
    return served(
      { ...unchanged(withWire(page, index, { ...wire, down, stay: null })), ...this.#close(server, stay) },
      label,
    )
  }

  /** The server ends and starts again, with its rooms or without. Every socket is cut. */
  ends(server: ServerModel): { server: ServerModel; label: Label; fault: Fault }[] {
    const { machine, crash, restart } = this.#rules
    return [
      { server: crash(machine, server), label: { at: 'server', text: 'is killed and starts again' }, fault: 'crash' },
      {
        server: restart(machine, server),
        label: { at: 'server', text: 'is stopped and starts again' },
        fault: 'restart',
      },
    ]
  }

  /** Cuts every socket of a page, with all data in transit. */
  cutOff(page: Page): Page {
    const wires = page.line.wires.map((wire) =>
      wire.isOpen ? { ...wire, isCut: true, up: [], down: [], stay: null, visit: null } : wire,
    )
    return { ...page, line: dropClosedWires({ ...page.line, wires }) }
  }

  /** A replica takes over, with the writes that it got. Without a replica the store starts again, empty. */
  #ofStore(server: ServerModel): ServerMove[] {
    if (!server.store) return []
    const { machine, replicate, failOver } = this.#rules
    const make = (text: string, fault: Fault, step: () => ServerModel): ServerMove => ({
      step: () => ({ server: step(), broken: [] }),
      label: { at: 'server', text },
      fault,
      wait: null,
    })
    const reaping: ServerMove[] =
      server.store.former.length > 0
        ? [
            {
              step: () => this.#rules.reapFormer(this.#rules, server),
              label: { at: 'server', text: 'ends connections from before the loss' },
              fault: null,
              wait: { id: 'reap', delay: maxReapDelayMs },
            },
          ]
        : []
    return [
      ...reaping,
      make('replicates its writes', 'replicate', () => replicate(server)),
      make('loses the writes since then', 'failOver', () => failOver(machine, server)),
    ]
  }

  /** Moves of the server alone. */
  alone(server: ServerModel): ServerMove[] {
    const due = nextDeadline(server.room.context)
    const moves = [...strangerMoves(this.#rules, server), ...this.#ofStore(server)]
    if (server.isHeld)
      moves.push({
        step: () => ({ server: { ...server, isHeld: false }, broken: [] }),
        label: { at: 'server', text: 'ends the startup hold' },
        fault: null,
        wait: { id: 'hold', delay: startupHoldMs },
      })
    if (due !== null) {
      const label: Label = { at: 'server', text: 'frees the place of an absent holder or visitor' }
      moves.push({
        step: () => this.#rules.apply(this.#rules.machine, server, { type: 'time.passed', at: due }),
        label,
        fault: 'slow',
        wait: { id: 'grace', delay: due },
      })
    }
    const pauseEnd = Math.max(...server.room.context.door.declined.map(({ until }) => until))
    if (pauseEnd > server.askMs)
      moves.push({
        step: () => ({ server: { ...server, askMs: pauseEnd }, broken: [] }),
        label: { at: 'server', text: 'lets a declined visitor ask again' },
        fault: 'slow',
        wait: { id: 'askAgain', delay: timeouts.askAgainMs },
      })
    for (const seat of seatNames) {
      if (!server.boxes?.[seat].log.length || !server.room.context.seats[seat]) continue
      moves.push({
        step: () => ({ server: this.#rules.forget(server, seat), broken: [] }),
        label: { at: 'server', text: `drops the mailbox of ${seat}` },
        fault: 'forget',
        wait: null,
      })
    }
    return moves
  }
}

/** Longest time until another node has ended the connections of a dead node: its lease, and two renewals, in ms. */
const maxReapDelayMs = 7_000

/** A visit with the visitor's network. */
const preparingVisit = ({ who }: Page, { identity, current }: VisitSubscription): realPreparation.PreparingVisit => ({
  keyHash: identity?.keyHash ?? null,
  source: realDoor.identityOf(who, '').source,
  current,
})

const ownsPreparation = ({ visit }: SocketModel, { preparation }: JoinRequest): boolean =>
  typeof preparation === 'number' && visit?.current === preparation

/** RoomService.join waits while the admission of this visitor is on its way. */
const awaitsAdmission = ({ room }: ServerModel, wire: SocketModel, request: JoinRequest): boolean => {
  const { visitor } = room.context.door
  return ownsPreparation(wire, request) && visitor?.keyHash === hashToken(request.joinKey) && !visitor.isAdmitted
}

type LimitedRequest = Extract<Request, { type: 'join' | 'visit' }>

/** True for a request that a rate limit may block. The owner of a token or of an admission knows the room. */
function isLimited({ room }: ServerModel, request: Request): request is LimitedRequest {
  if (request.type === 'visit') return true
  if (request.type !== 'join' || request.token !== null || request.formerToken !== undefined) return false
  const { visitor } = room.context.door
  return !(visitor?.isAdmitted && visitor.keyHash === hashToken(request.joinKey))
}

const faultsOfDescription = (sdp: string): string[] =>
  showsAddress(sdp) ? ['no page learns an address of the other before the call'] : []

const served = (step: ServedStep, label: Label): PossibleMove => ({ step: () => step, label, fault: null, wait: null })

/** The mailbox overflows (server/rooms/mailbox.ts). */
export function forget(server: ServerModel, seat: SeatName): ServerModel {
  const box = server.boxes?.[seat]
  return box ? withBox(server, seat, dropAll(box)) : server
}

const withWire = (page: Page, index: number, wire: SocketModel): Page => ({
  ...page,
  line: dropClosedWires({ ...page.line, wires: page.line.wires.map((each, at) => (at === index ? wire : each)) }),
})

/** Drops read entries that no pending subscription can request again, because they do not affect further steps. */
function forgetRead(server: ServerModel, { seat, life }: SeatSubscription, page: Page, n: number): ServerModel {
  const box = server.boxes?.[seat]
  if (box?.life !== life) return server
  const asked = page.line.wires
    .flatMap(({ up }) => up)
    .concat(page.line.socket?.next ?? [])
    .flatMap((request) => (request.type === 'join' && request.lastEventId ? parsePosition(request.lastEventId) : []))
  return withBox(
    server,
    seat,
    dropUntil(
      box,
      Math.min(n, ...asked.filter(({ mailboxId }) => mailboxId === String(life)).map((position) => position.seq)),
    ),
  )
}

function textOf(request: Request): string {
  switch (request.type) {
    case 'join':
      return request.token ? 'join, to resume' : 'join'
    case 'send':
      return `send ${request.n}: ${textOfMessage(request.sent.message)}`
    case 'report':
      return `report ${request.mediaFlow}`
    case 'leave':
      return request.pageClosing ? 'leave, may return' : 'leave'
    case 'stop':
      return 'stop'
    case 'visit':
      return request.ask ? 'visit, to ask' : 'visit'
    case 'stopVisit':
      return 'stop the visit'
    case 'answer':
      return request.isAdmitted ? 'admit' : 'decline'
    case 'setPolicy':
      return `set the policy ${request.policy}`
    case 'prepare':
      return `prepare: ${request.step.type}`
  }
}

const textOfEvent = (roomEvent: RoomEvent): string =>
  roomEvent.type === 'message' ? textOfMessage(roomEvent.message) : roomEvent.type

const textOfMessage = (message: { type: string; connection?: string; negotiation?: number }): string =>
  [message.type, message.connection, message.negotiation && `#${message.negotiation}`].filter(Boolean).join(' ')
