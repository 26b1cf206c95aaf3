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

/** Nobody listens there. */
const unusedUrl = 'ws://127.0.0.1:1'

/** The signaling part of a page (signaling machine, socket actor, outbox), with connection faults. */
export class FaultSignalingClient {
  readonly effects: SignalingEffect[] = []
  readonly sockets: NodeWebSocket[] = []
  readonly outbox = new Outbox(parseErrorCode, () => {
    this.lostMessageCount += 1
  })
  readonly signaling: Actor<typeof signalingMachine>
  /** How often the outbox could not keep something. */
  lostMessageCount = 0
  #isOffline = false

  /**
   * @param pingTimeouts of the socket, in milliseconds; a server that shares a busy processor may answer late
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

  async join(): Promise<void> {
    this.signaling.send({ type: 'join.requested', joinKey: createRandomKey(), token: null })
    await this.waitUntilJoined()
  }

  async waitUntilJoined(): Promise<void> {
    await waitFor(this.signaling, (snapshot) => snapshot.matches({ connected: 'joined' }), { timeout: deadlineMs })
  }

  sendMessage(message: PeerMessage): void {
    this.outbox.send(message)
  }

  reportMedia(mediaFlow: MediaFlow): void {
    this.signaling.send({ type: 'media.reported', mediaFlow })
  }

  /** What the other side said, in the order in which it was heard. */
  get receivedMessages(): PeerMessage[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'event.received' && effect.roomEvent.type === 'message' ? [effect.roomEvent.message] : [],
    )
  }

  countEvents(type: string): number {
    return this.effects.filter((effect) => effect.type === 'event.received' && effect.roomEvent.type === type).length
  }

  cutConnection(): void {
    this.sockets.at(-1)?.terminate()
  }

  goOffline(): void {
    this.#isOffline = true
    this.cutConnection()
  }

  goOnline(): void {
    this.#isOffline = false
    this.signaling.send({ type: 'network.changed' })
  }

  dispose(): void {
    this.signaling.stop()
  }
}
