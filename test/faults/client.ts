import { type Actor, createActor, type SimulatedClock, waitFor } from 'xstate'
import { WebSocket as NodeWebSocket } from 'ws'
import { IceSource } from '../../client/webrtc/iceServerCache.ts'
import { makeKey } from '../../client/common/randomKey.ts'
import { Outbox } from '../../client/signaling/outbox.ts'
import { SeatKeeper } from '../../client/session/seatStorage.ts'
import { socketActor } from '../../client/signaling/signalingActor.ts'
import { codeOf } from '../../client/signaling/trpcSocket.ts'
import { link } from '../../machines/signaling/signalingMachine.ts'
import type { LinkEffect } from '../../machines/signaling/signalingEvents.ts'
import type { Media } from '../../machines/protocol/vocabulary.ts'
import type { PeerMessage } from '../../machines/protocol/messages.ts'
import { deadlineMs } from '../deadline.ts'

/** Nobody listens there. */
const nowhere = 'ws://127.0.0.1:1'

/** As much of a page as keeps to the wire: the product's link, socket and outbox. */
export class Client {
  readonly told: LinkEffect[] = []
  readonly sockets: NodeWebSocket[] = []
  readonly outbox = new Outbox(codeOf, () => { this.lost += 1 })
  readonly link: Actor<typeof link>
  /** How often the outbox could not keep something. */
  lost = 0
  #isOffline = false

  /**
   * @param waits of the socket, in milliseconds; a server that shares a busy processor may answer late
   * @param clock for the waits of the link
   */
  constructor(url: string, room: string, waits = { clientPing: 100, clientPatience: 2_000, probePatience: 2_000 }, clock?: SimulatedClock) {
    const { sockets } = this
    const reach = (address: string | URL): string | URL => (this.#isOffline ? nowhere : address)
    class Socket extends NodeWebSocket {
      constructor(address: string | URL) {
        super(reach(address))
        this.on('error', () => undefined)
        sockets.push(this)
      }
    }
    const seat = new SeatKeeper(undefined, room)
    const socket = socketActor({
      url: `${url.replace(/^http/, 'ws')}/trpc`, WebSocket: Socket as unknown as typeof WebSocket, waits,
      outbox: this.outbox, ice: new IceSource(), now: () => seat.now(),
    })
    this.link = createActor(link.provide({ actors: { socket } }), { input: { room }, ...(clock && { clock }) })
    this.link.on('*', (effect) => void this.told.push(effect))
    this.link.start()
    this.link.send({ type: 'page.opened' })
  }

  async enter(): Promise<void> {
    this.link.send({ type: 'entry.asked', key: makeKey(), token: null })
    await this.isSeated()
  }

  async isSeated(): Promise<void> {
    await waitFor(this.link, (snapshot) => snapshot.matches({ online: 'seated' }), { timeout: deadlineMs })
  }

  say(message: PeerMessage): void {
    this.outbox.say(message)
  }

  report(media: Media): void {
    this.link.send({ type: 'flow.reported', media })
  }

  /** What the other side said, in the order in which it was heard. */
  get heard(): PeerMessage[] {
    return this.told.flatMap((effect) => (effect.type === 'news.read' && effect.news.type === 'message' ? [effect.news.message] : []))
  }

  news(type: string): number {
    return this.told.filter((effect) => effect.type === 'news.read' && effect.news.type === type).length
  }

  cut(): void {
    this.sockets.at(-1)?.terminate()
  }

  unplug(): void {
    this.#isOffline = true
    this.cut()
  }

  plug(): void {
    this.#isOffline = false
    this.link.send({ type: 'network.changed' })
  }

  dispose(): void {
    this.link.stop()
  }
}
