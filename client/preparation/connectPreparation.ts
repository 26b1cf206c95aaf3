import type { ActorRefFrom } from 'xstate'
import type { PreparedCall } from '../../machines/call/callEvents.ts'
import type { callMachine } from '../../machines/call/callMachine.ts'
import type { membershipMachine } from '../../machines/membership/membershipMachine.ts'
import type { preparationMachine } from '../../machines/preparation/preparationMachine.ts'
import { parseIceUfrag } from '../../machines/protocol/iceCandidate.ts'
import type { Door, RoomView, SeatName } from '../../machines/protocol/messages.ts'
import type { SignalingEffect } from '../../machines/signaling/signalingEvents.ts'
import type { signalingMachine } from '../../machines/signaling/signalingMachine.ts'

/** The machines of the session. */
export interface SessionMachines {
  membership: ActorRefFrom<typeof membershipMachine>
  call: ActorRefFrom<typeof callMachine>
  signaling: ActorRefFrom<typeof signalingMachine>
}

/** The open connection of a preparation, for the call. */
interface OpenConnection {
  /** Takes it over after the machine has released it. Returns the remote description; null if it is lost. */
  take(): string | null
}

/** Dependencies of `connectPreparation`. */
export interface ConnectedParts {
  preparation: ActorRefFrom<typeof preparationMachine>
  machines: SessionMachines
  /** Whether this page may take over a prepared connection. */
  mayPrepare(): boolean
  /** The connection of the attempt; null without one. */
  connection(): OpenConnection | null
}

/** The preparation of one page, connected to the other machines. */
export interface ConnectedPreparation {
  /** Handles what signaling emits. The session has confirmed the seat before. */
  onSignaling(effect: SignalingEffect): void
  /** Handles a message of the peer that may begin the call. */
  onPeerClaim(message: 'join' | 'admitted'): void
  /** The attempt whose connection is ready; null without one. */
  readyAttempt(): number | null
  /**
   * Releases the connection for the call, because the server confirmed this attempt with a seat. Returns null if this
   * page has lost it.
   * @param holder the holder's seat
   */
  confirm(id: number, holder: SeatName): PreparedCall | null
  stop(): void
}

/** Forwards the events between the machine of a preparation and the machines of the session. */
export function connectPreparation(parts: ConnectedParts): ConnectedPreparation {
  const { preparation, machines, mayPrepare } = parts
  const { membership, call, signaling } = machines

  const end = (): void => preparation.send({ type: 'attempt.unavailable' })
  const subscriptions = [
    preparation.on('step.taken', ({ step }) => signaling.send({ type: 'preparation.stepped', step })),
    membership.on('join.requested', () => preparation.send({ type: 'user.claimed' })),
    membership.on('seat.released', end),
    membership.on('seat.relinquished', end),
  ]

  /** The lobby shows the preparation of this visitor. */
  function onView(shown: RoomView['preparation']): void {
    if (shown === undefined || !mayPrepare()) return end()
    if (shown === null) return preparation.send({ type: 'attempt.available' })
    const { id, offer } = shown
    preparation.send({ type: 'attempt.started', id, side: 'visitor' })
    if (offer !== undefined) preparation.send({ type: 'offer.received', sdp: offer })
  }

  /** The door shows the preparation of the holder. */
  function onDoor(door: Door | undefined): void {
    const id = door?.preparation
    if (id === undefined) end()
    else if (mayPrepare()) preparation.send({ type: 'attempt.started', id, side: 'holder' })
    else signaling.send({ type: 'preparation.stepped', step: { type: 'end', id } })
  }

  /** A seat without this preparation ends it. */
  function onSeat(id: number | undefined): void {
    if (id === undefined) preparation.send({ type: 'seat.confirmed', id: null })
  }

  function onAnswer(id: number, sdp: string): void {
    if (id === preparation.getSnapshot().context.attempt) preparation.send({ type: 'answer.received', sdp })
  }

  /** Whether a message of the peer begins the call now. */
  function isClaim(message: 'join' | 'admitted'): boolean {
    const member = membership.getSnapshot()
    if (message === 'admitted') return member.matches({ lobby: 'asking' })
    // The server may not know the user's newest selection yet.
    const policy = signaling.getSnapshot().context.selectedPolicy ?? member.context.policy
    return member.matches('joined') && policy === 'open' && call.getSnapshot().matches('offering')
  }

  function readyAttempt(): number | null {
    const snapshot = preparation.getSnapshot()
    const isReady = snapshot.matches({ attempting: 'prepared' }) || snapshot.matches({ attempting: 'claimed' })
    return isReady ? snapshot.context.attempt : null
  }

  return {
    onSignaling(effect) {
      if (effect.type === 'visit.updated') onView(effect.view.preparation)
      else if (effect.type === 'join.rejected') preparation.send({ type: 'seat.rejected' })
      else if (effect.type === 'join.accepted') {
        if (!effect.seat.resumed) onSeat(effect.seat.preparation)
        onDoor(effect.seat.door)
      } else if (effect.type === 'event.received') {
        const { roomEvent } = effect
        if (roomEvent.type === 'ready') onSeat(roomEvent.preparation)
        else if (roomEvent.type === 'door') onDoor(roomEvent)
        else if (roomEvent.type === 'preparation.answered') onAnswer(roomEvent.preparation, roomEvent.sdp)
      }
    },
    onPeerClaim(message) {
      if (!isClaim(message)) return
      preparation.send({ type: 'peer.claimed' })
      if (message === 'admitted') membership.send({ type: 'peer.admitted' })
    },
    readyAttempt,
    confirm(id, holder) {
      const connection = readyAttempt() === id ? parts.connection() : null
      preparation.send({ type: 'seat.confirmed', id })
      const remoteSdp = connection?.take() ?? null
      return remoteSdp === null ? null : { connection: `${holder}${id}.0`, remoteUfrag: parseIceUfrag(remoteSdp) }
    },
    stop: () => subscriptions.forEach((each) => each.unsubscribe()),
  }
}
