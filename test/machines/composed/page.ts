import type { PeerConnectionEvent, PeerConnectionCommand } from '../../../machines/call/callEvents.ts'
import type { PreparedConnectionCommand } from '../../../machines/preparation/preparationEvents.ts'
import type { SocketEvent } from '../../../machines/signaling/signalingEvents.ts'
import { parseIceUfrag } from '../../../machines/protocol/iceCandidate.ts'
import {
  type PageModel,
  type MachineName,
  type PageModelRunner,
  storageWith,
  unauthenticatedUfrag,
  type Timer,
  type PageEffect,
} from './pageModel.ts'
import * as realLine from './signalingModel.ts'
import { type SignalingModel, newSignalingModel, send } from './signalingModel.ts'
import type { OutboxModel } from './outboxModel.ts'
import { newPeerModel, type PeerStep, type PeerModel } from './peerModel.ts'
import * as connection from './preparedModel.ts'
import {
  newPreparedModel,
  type PreparedModel,
  type PreparedStep,
  relayRules,
  type RelayRules,
} from './preparedModel.ts'
import { NumberTable } from './numberTable.ts'
import type { RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import type { Reply, PageName } from './channelTypes.ts'

/** One page: its machines, its signaling connection and its peer connection. */
export interface Page {
  who: PageName
  model: PageModel
  line: SignalingModel
  peer: PeerModel | null
  /** A closed peer connection whose hangup is still in transit on the data channel. */
  parting: PeerModel | null
  /** Number of peer connections so far. */
  peers: number
  /** The prepared connection; null without one. */
  prepared: PreparedModel | null
  /** Number of prepared connections so far. */
  preparations: number
  /** The policy that the user selected in this stay, as the page shows it; used by the checks only. */
  selected: RoomPolicy | null
}

/** A page after a step, the rules that the step broke, and the timeouts that it started. */
export interface Stepped {
  page: Page
  broken: string[]
  started: string[]
}

export type SignalingRules = Pick<typeof realLine, 'onJoined' | 'onSendAnswered' | 'sendMessage' | 'visit'> & {
  /** The outbox of a new page. */
  outbox?: OutboxModel
}

/** Runs the steps of pages by the given rules. A seeded fault replaces some of them. */
export class Pages {
  readonly #rig: PageModelRunner
  readonly #rules: SignalingRules
  /** The functions that keep the addresses of prepared connections private. */
  readonly relay: RelayRules
  readonly #prepared = new NumberTable<PreparedModel | null>()
  readonly #lines = new NumberTable<SignalingModel>()
  readonly #peers = new NumberTable<PeerModel | null>()

  constructor(rig: PageModelRunner, rules: SignalingRules = realLine, relay = relayRules) {
    this.#rig = rig
    this.#rules = rules
    this.relay = relay
  }

  /** Returns the key by which equal pages have the same number. */
  keyOf({ who, model, line, peer, parting, peers, prepared, preparations, selected }: Page): string {
    return [
      who,
      this.#rig.numberOf(model),
      this.#lines.numberOf(line),
      this.#peers.numberOf(peer),
      this.#peers.numberOf(parting),
      peers,
      this.#prepared.numberOf(prepared),
      preparations,
      selected,
    ].join()
  }

  /**
   * Returns a page in a new tab.
   * @param policy of the room that the page creates; null for the default
   */
  begin(who: PageName, policy: RoomPolicy | null): Page {
    return this.#load(
      {
        who,
        line: newSignalingModel(0, [], this.#rules.outbox),
        ...noConnections,
        peers: 0,
        preparations: 0,
        selected: null,
      },
      { storage: storageWith(policy), keys: 0 },
    ).page
  }

  /** The page reports that it closes, and is loaded again in its tab. */
  reload(page: Page): Stepped {
    const closed = this.send(page, 'signaling', { type: 'page.closing' }).page
    const { wires, life } = realLine.abandonSocket(closed.line)
    const rest = {
      ...closed,
      line: newSignalingModel(life + 1, wires, this.#rules.outbox),
      ...noConnections,
      selected: null,
    }
    return this.#load(rest, closed.model)
  }

  #load(rest: Omit<Page, 'model'>, tab: Pick<PageModel, 'storage' | 'keys'>): Stepped {
    const [model, effects] = this.#rig.begin(rest.who, tab)
    return this.#runEffects({ ...rest, model }, effects)
  }

  /** Sends an event to one machine of the page. */
  send(page: Page, part: MachineName, event: { type: string }): Stepped {
    const [model, effects] = this.#rig.send(page.who, page.model, part, event)
    return this.#runEffects({ ...page, model }, effects)
  }

  /** The user selects a policy (client/session/callSession.ts). */
  selectPolicy(page: Page, policy: RoomPolicy): Stepped {
    const [model, effects] = this.#rig.selectPolicy(page.who, page.model, policy)
    return this.#runEffects({ ...page, model, selected: policy }, effects)
  }

  /** The network changes (client/session/callSession.ts). */
  change(page: Page): Stepped {
    const event = { type: 'network.changed' }
    const sent = this.#after(this.send(page, 'signaling', event), (now) => this.send(now, 'call', event))
    return this.#after(sent, (now) => this.send(now, 'preparation', event))
  }

  /** The user admits the visitor. */
  admit(page: Page, visitor: number): Stepped {
    const { prepared } = page
    const [model, effects] = this.#rig.admit(page.who, page.model, visitor)
    return this.#runEffects({ ...page, model, prepared: prepared && { ...prepared, admits: visitor } }, effects)
  }

  /** The peer says over the prepared connection that it joins, or that it admits this visitor. */
  hearClaim(page: Page, message: 'join' | 'admitted'): Stepped {
    const { prepared } = page
    const [model, effects] = this.#rig.claim(page.who, page.model, message)
    return this.#runEffects({ ...page, model, prepared: prepared && { ...prepared, hasHeard: true } }, effects)
  }

  /** Applies a step of the prepared connection and its events. */
  applyPreparedStep(page: Page, { prepared, facts }: PreparedStep): Stepped {
    const before = unchanged({ ...page, prepared })
    return facts.reduce((so, fact) => this.#after(so, (now) => this.#reportPrepared(now, prepared, fact)), before)
  }

  #reportPrepared(page: Page, { name }: PreparedModel, fact: { type: string }): Stepped {
    return page.prepared?.name === name ? this.send(page, 'preparation', fact) : unchanged(page)
  }

  /** Ends a timeout. */
  fire(page: Page, timer: Timer): Stepped {
    const [model, effects] = this.#rig.fire(page.who, page.model, timer)
    return this.#runEffects({ ...page, model }, effects)
  }

  /** Applies a step of the peer connection and its events. */
  applyPeerStep(page: Page, { peer, facts, broken }: PeerStep): Stepped {
    const before: Stepped = { page: { ...page, peer }, broken: broken === null ? [] : [broken], started: [] }
    return facts.reduce((so, fact) => this.#after(so, (now) => this.#report(now, peer, fact)), before)
  }

  /** A closed peer connection reports nothing. */
  #report(page: Page, { name }: PeerModel, fact: PeerConnectionEvent): Stepped {
    return page.peer?.name === name ? this.send(page, 'call', fact) : unchanged(page)
  }

  /** Handles the server's next reply. */
  receive(page: Page, reply: Reply): Stepped {
    const { line } = page
    const stay =
      'subscription' in reply && reply.subscription !== line.socket?.subscription ? 'none' : line.socket?.stay
    switch (reply.type) {
      case 'left':
        return this.#onLeft(page)
      case 'visited':
        return reply.number === line.socket?.visit
          ? this.#fromSocket(page, { type: 'visit.updated', view: reply.view })
          : unchanged(page)
      case 'visitRefused':
        return reply.number === line.socket?.visit
          ? this.#fromSocket(page, { type: 'visit.rejected', code: reply.code })
          : unchanged(page)
      case 'joined':
        return stay !== 'asked'
          ? unchanged(page)
          : this.#fromSocket(this.#onJoined(page, reply), {
              type: 'join.accepted',
              position: reply.position,
              seat: reply.seat as never,
            })
      case 'event':
        return stay !== 'in' ? unchanged(page) : this.#onEvent(page, reply)
      case 'refused':
        return stay !== 'asked' ? unchanged(page) : this.#onRejected(page, reply.code)
      case 'ended':
        return stay !== 'asked' && stay !== 'in'
          ? unchanged(page)
          : this.#fromSocket({ ...page, line: realLine.closeByServer(line) }, { type: 'socket.closed', random: 0 })
    }
  }

  /**
   * After a rejoin to a seat that was left, reading starts at the end of the mailbox. Earlier entries belong to a call
   * that has ended.
   */
  #onJoined(page: Page, reply: Extract<Reply, { type: 'joined' }>): Page {
    const line = this.#rules.onJoined(page.line, reply)
    return { ...page, line: page.model.signaling.context.position === null ? { ...line, lastReceived: null } : line }
  }

  /** Handles the answer to a sent message. */
  answer(page: Page, answer: Parameters<SignalingRules['onSendAnswered']>[1], isOld: boolean): Page {
    return { ...page, line: this.#rules.onSendAnswered(page.line, answer, isOld) }
  }

  #onLeft(page: Page): Stepped {
    const leaving = page.line.socket?.leaving
    if (!leaving) return unchanged(page)
    const stepped = leaving.isIn ? this.#fromSocket(page, { type: 'leave.acknowledged' }) : unchanged(page)
    return { ...stepped, page: { ...stepped.page, line: realLine.onLeft(stepped.page.line) } }
  }

  #onRejected(page: Page, code: Extract<Reply, { type: 'refused' }>['code']): Stepped {
    const keys = page.model.keys + 1
    const asked = { ...page, model: { ...page.model, keys }, line: realLine.closeByServer(page.line) }
    return this.#fromSocket(asked, { type: 'join.rejected', code, random: 0, joinKey: `${page.who}.key${keys}` })
  }

  /**
   * Each message arrives once and in order: next to the last one, or first of a new life. After a resync any message
   * may follow.
   */
  #onEvent(page: Page, { position, roomEvent, sent }: Extract<Reply, { type: 'event' }>): Stepped {
    const { lastReceived } = page.line
    const isNext =
      !sent ||
      !lastReceived ||
      (sent.life === lastReceived.life
        ? sent.nth === lastReceived.nth + 1
        : sent.life > lastReceived.life && sent.nth === 1)
    const after = roomEvent.type === 'resync' ? null : sent ? { life: sent.life, nth: sent.nth } : lastReceived
    const stepped = this.#fromSocket(
      { ...page, line: { ...page.line, lastReceived: after } },
      { type: 'event.received', position, roomEvent: roomEvent as never },
    )
    return isNext ? stepped : { ...stepped, broken: [...stepped.broken, 'each message arrives once and in order'] }
  }

  /** The server answers a probe. */
  proveSignalingAlive(page: Page): Stepped {
    return this.#fromSocket({ ...page, line: realLine.markAlive(page.line) }, { type: 'signaling.alive' })
  }

  /** The new holder of the other seat sends an offer. */
  receiveUnauthenticatedOffer(page: Page): Stepped {
    const message = {
      type: 'offer',
      connection: 'b999.1',
      negotiation: 1,
      sdp: `v=0\na=ice-ufrag:${unauthenticatedUfrag}`,
    } as const
    return this.#fromSocket(page, {
      type: 'event.received',
      position: page.model.signaling.context.position ?? '',
      roomEvent: { type: 'message', message },
    })
  }

  #fromSocket(page: Page, fact: SocketEvent): Stepped {
    return this.send(page, 'signaling', fact)
  }

  #runEffects(stepped: Page, effects: PageEffect[]): Stepped {
    const page = stepped.model.membership.matches('joined') ? stepped : { ...stepped, selected: null }
    return effects.reduce((so, effect) => this.#after(so, (now) => this.#runEffect(now, effect)), unchanged(page))
  }

  #runEffect(page: Page, effect: PageEffect): Stepped {
    const { line } = page
    const speaking = (after: SignalingModel): Stepped => unchanged({ ...page, line: after })
    switch (effect.type) {
      case 'message.sent':
        return {
          ...speaking(this.#rules.sendMessage(line, effect.message)),
          broken: effect.isSeated ? [] : ['nothing is sent after leaving'],
        }
      case 'socket.opened':
        return speaking(realLine.openSocket(line))
      case 'socket.closed':
        return speaking(realLine.closeSocket(line))
      case 'socket.commanded':
        return speaking(runSocketCommand(line, effect.order, this.#rules, effect.preparation))
      case 'peer.opened': {
        const fresh = newPeerModel(`${page.who}${page.peers + 1}`, effect.connection)
        if (!effect.isPrepared) return unchanged({ ...page, peer: fresh, peers: page.peers + 1 })
        const { prepared } = page
        return {
          ...unchanged({ ...page, peer: prepared && connection.toPeerModel(prepared, fresh), prepared: null }),
          broken: prepared?.isOpen ? [] : ['the call takes over a connection that is open'],
        }
      }
      case 'peer.closed':
        return unchanged({ ...page, peer: null })
      case 'peer.commanded':
        return {
          ...unchanged(sendToPeer(page, effect.order)),
          broken: isUnauthenticatedOffer(effect.order)
            ? ['an unauthenticated peer is connected only with the user’s consent']
            : [],
        }
      case 'prepared.opened':
        return unchanged({
          ...page,
          prepared: newPreparedModel(`${page.who}.p${page.preparations + 1}`, effect.side),
          preparations: page.preparations + 1,
        })
      // The call takes a released connection over in the same step.
      case 'prepared.closed':
        return unchanged(page.prepared?.isReleased ? page : { ...page, prepared: null })
      case 'prepared.commanded':
        return this.#commandPrepared(page, effect.order)
      case 'timer.started':
        return { ...unchanged(page), started: [effect.id] }
    }
  }

  #commandPrepared(page: Page, order: PreparedConnectionCommand): Stepped {
    const { prepared } = page
    if (!prepared) return unchanged(page)
    const isLeak = order.type === 'fillSenders' && !mayFill(page, prepared)
    return {
      ...unchanged({ ...page, prepared: connection.command(prepared, order) }),
      broken: isLeak ? ['no media is sent before the visitor joins or is admitted'] : [],
    }
  }

  #after(so: Stepped, next: (page: Page) => Stepped): Stepped {
    const { page, broken, started } = next(so.page)
    return { page, broken: [...so.broken, ...broken], started: [...so.started, ...started] }
  }
}

const noConnections = { peer: null, parting: null, prepared: null }

/**
 * A visitor sends media after it joined or was admitted. A holder sends media after it admitted the visitor. In a room
 * that is open, also by the holder's newest selection, a join is enough.
 */
function mayFill({ model: { membership }, selected }: Page, { side, admits, hasHeard }: PreparedModel): boolean {
  if (side === 'visitor') return !membership.matches('lobby')
  return admits !== null || (hasHeard && (selected ?? membership.context.policy) === 'open')
}

/** A hangup does not wait in the queue. A transport check needs no command here (moves.ts). */
function sendToPeer(page: Page, order: PeerConnectionCommand): Page {
  const { peer } = page
  if (!peer || order.type === 'checkTransport') return page
  if (order.type === 'sendHangup') return peer.met ? { ...page, parting: { ...peer, commands: [] } } : page
  return { ...page, peer: { ...peer, commands: [...peer.commands, order] } }
}

const isUnauthenticatedOffer = (order: PeerConnectionCommand): boolean =>
  'sdp' in order && parseIceUfrag(order.sdp) === unauthenticatedUfrag

/** Returns a step without effects. */
export const unchanged = (page: Page): Stepped => ({ page, broken: [], started: [] })

function runSocketCommand(
  line: SignalingModel,
  order: Extract<PageEffect, { type: 'socket.commanded' }>['order'],
  rules: SignalingRules,
  preparation: number | null,
): SignalingModel {
  if (order.type === 'join') return realLine.join(line, { ...order, preparation })
  if (order.type === 'reportMedia') return send(line, { type: 'report', mediaFlow: order.mediaFlow })
  if (order.type === 'probe') return realLine.probe(line)
  if (order.type === 'visit') return rules.visit(line, order.ask)
  if (order.type === 'visitor.answered')
    return send(line, { type: 'answer', visitor: order.visitor, isAdmitted: order.isAdmitted })
  if (order.type === 'policy.selected') return send(line, { type: 'setPolicy', policy: order.policy })
  if (order.type === 'preparation.stepped') return send(line, { type: 'prepare', step: order.step })
  return order.pageClosing ? send(line, { type: 'leave', pageClosing: true }) : realLine.leave(line)
}
