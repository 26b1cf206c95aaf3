import { type Actor, createActor, type SimulatedClock, waitFor } from 'xstate'
import { WebSocket as NodeWebSocket } from 'ws'
import { IceSource } from '../../client/webrtc/iceServerCache.ts'
import { createRandomKey } from '../../client/common/randomKey.ts'
import { Outbox } from '../../client/signaling/outbox.ts'
import { SeatStorage } from '../../client/session/seatStorage.ts'
import { signalingActor } from '../../client/signaling/signalingActor.ts'
import { parseErrorCode } from '../../client/signaling/trpcSocket.ts'
import { signalingMachine } from '../../machines/signaling/signalingMachine.ts'
import type { SignalingEffect } from '../../machines/signaling/signalingEvents.ts'
import type { MediaFlow } from '../../machines/protocol/vocabulary.ts'
import type { PeerMessage } from '../../machines/protocol/messages.ts'
import { deadlineMs } from '../deadline.ts'

/** Nothing listens on this port. */
const unusedUrl = 'ws://127.0.0.1:1'

/** The signaling part of a page (signaling machine, socket actor, outbox), with connection faults. */
export class FaultSignalingClient {
  readonly effects: SignalingEffect[] = []
  readonly sockets: NodeWebSocket[] = []
  readonly outbox = new Outbox(parseErrorCode, () => {
    this.lostMessageCount += 1
  })
  readonly signaling: Actor<typeof signalingMachine>
  /** How often the outbox could not store a message. */
  lostMessageCount = 0
  #isOffline = false

  /**
   * @param pingTimeouts of the socket, in ms; a server on a busy machine may answer late
   * @param clock for the timeouts of the signaling machine
   */
  constructor(
    url: string,
    room: string,
    pingTimeouts = { clientPingIntervalMs: 100, clientPongTimeoutMs: 2_000, probeTimeoutMs: 2_000 },
    clock?: SimulatedClock,
  ) {
    const { sockets } = this
    const reach = (address: string | URL): string | URL => (this.#isOffline ? unusedUrl : address)
    class Socket extends NodeWebSocket {
      constructor(address: string | URL) {
        super(reach(address))
        this.on('error', () => undefined)
        sockets.push(this)
      }
    }
    const seat = new SeatStorage(undefined, room)
    const socket = signalingActor({
      url: `${url.replace(/^http/, 'ws')}/trpc`,
      WebSocket: Socket as unknown as typeof WebSocket,
      pingTimeouts,
      outbox: this.outbox,
      ice: new IceSource(),
      now: () => seat.nextRequestTime(),
    })
    this.signaling = createActor(signalingMachine.provide({ actors: { socket } }), {
      input: { room },
      ...(clock && { clock }),
    })
    this.signaling.on('*', (effect) => void this.effects.push(effect))
    this.signaling.start()
    this.signaling.send({ type: 'page.opened' })
  }

  /** Requests a seat and resolves when it is granted. */
  async join(): Promise<void> {
    this.signaling.send({ type: 'join.requested', joinKey: createRandomKey(), token: null })
    await this.waitUntilJoined()
  }

  /** Resolves when the signaling machine is joined, also after a reconnect. */
  async waitUntilJoined(): Promise<void> {
    await waitFor(this.signaling, (snapshot) => snapshot.matches({ connected: 'joined' }), { timeout: deadlineMs })
  }

  /** Puts a message into the outbox. */
  sendMessage(message: PeerMessage): void {
    this.outbox.send(message)
  }

  /** Reports the media flow to the server. */
  reportMedia(mediaFlow: MediaFlow): void {
    this.signaling.send({ type: 'media.reported', mediaFlow })
  }

  /** The peer's messages in the order of arrival. */
  get receivedMessages(): PeerMessage[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'event.received' && effect.roomEvent.type === 'message' ? [effect.roomEvent.message] : [],
    )
  }

  /** Number of received room events of this type. */
  countEvents(type: string): number {
    return this.effects.filter((effect) => effect.type === 'event.received' && effect.roomEvent.type === type).length
  }

  /** Terminates the current socket without a close frame. */
  cutConnection(): void {
    this.sockets.at(-1)?.terminate()
  }

  /** Cuts the connection and lets all new ones fail. */
  goOffline(): void {
    this.#isOffline = true
    this.cutConnection()
  }

  /** Lets new connections succeed and reports a network change. */
  goOnline(): void {
    this.#isOffline = false
    this.signaling.send({ type: 'network.changed' })
  }

  /** Stops the signaling machine and its socket. */
  dispose(): void {
    this.signaling.stop()
  }
}
