import { isDeepStrictEqual } from 'node:util'
import { type Actor, createActor, fromCallback, SimulatedClock, waitFor } from 'xstate'
import { WebSocket as NodeWebSocket } from 'ws'
import { Continuity } from '../../../client/verification/continuity.ts'
import { IceSource } from '../../../client/webrtc/iceServerCache.ts'
import { makeKey } from '../../../client/common/randomKey.ts'
import { Outbox } from '../../../client/signaling/outbox.ts'
import type { Memory } from '../../../client/common/storage.ts'
import type { Presence } from '../../../client/session/presence.ts'
import { SeatKeeper } from '../../../client/session/seatStorage.ts'
import { socketActor } from '../../../client/signaling/signalingActor.ts'
import { Recorder } from '../../../client/trace/recorder.ts'
import { codeOf } from '../../../client/signaling/trpcSocket.ts'
import { Watch } from '../../../client/trace/remoteTrace.ts'
import { wire } from '../../../client/session/connectMachines.ts'
import { call } from '../../../machines/call/callMachine.ts'
import { type CaptureFact, type CaptureInput, type CaptureOrder, device } from '../../../machines/media/deviceMachine.ts'
import type { DeviceKind } from '../../../machines/protocol/vocabulary.ts'
import { link } from '../../../machines/signaling/signalingMachine.ts'
import { visit, type VisitContext } from '../../../machines/membership/membershipMachine.ts'
import type { MediaState } from '../../../machines/protocol/messages.ts'
import type { Ether } from '../webrtc/fakeNetwork.ts'
import { deadlineMs } from '../../deadline.ts'

/** A tab of a browser: what it keeps outlives its pages. */
export class Tab {
  readonly seat: SeatKeeper
  readonly memory: Memory
  readonly #memory: Map<string, string>
  readonly #url: string
  readonly #room: string
  readonly #ether: Ether

  constructor(url: string, room: string, ether: Ether, memory = new Map<string, string>()) {
    this.#url = url
    this.#room = room
    this.#ether = ether
    this.#memory = memory
    this.memory = {
      getItem: (name) => memory.get(name) ?? null,
      setItem: (name, value) => void memory.set(name, value),
      removeItem: (name) => void memory.delete(name),
    }
    this.seat = new SeatKeeper(this.memory, room)
  }

  get token(): string | null {
    return this.seat.read()
  }

  open(): Page {
    return new Page(this, this.#url, this.#room, this.#ether)
  }

  /** As browsers do: the copy has all that the page kept. */
  duplicate(): Tab {
    return new Tab(this.#url, this.#room, this.#ether, new Map(this.#memory))
  }
}

/** Nobody listens there. */
const nowhere = 'ws://127.0.0.1:1'

/** A page with everything that is real but the devices, the peer connection and, for the visit and the call, time. */
export class Page {
  readonly clock = new SimulatedClock()
  readonly sockets: NodeWebSocket[] = []
  readonly ice = new IceSource()
  readonly visit: Actor<typeof visit>
  readonly call: Actor<typeof call>
  readonly link: Actor<typeof link>
  readonly recorder = new Recorder()
  readonly watch: Watch
  readonly outbox: Outbox
  readonly continuity: Continuity
  /** The devices whose light is on. */
  readonly captured = new Set<DeviceKind>()
  readonly presence = new FakePresence()
  readonly microphone = this.#createDevice('microphone')
  readonly camera = this.#createDevice('camera')
  readonly screen = this.#createDevice('screen')
  remoteMedia: MediaState | null = null
  /** The other side is told what happens here, and this page's person is shown that. */
  isWatched = false
  #isOffline = false
  readonly #stop: () => void

  constructor(tab: Tab, url: string, room: string, ether: Ether) {
    const { sockets } = this
    const reach = (address: string | URL): string | URL => (this.#isOffline ? nowhere : address)
    class Socket extends NodeWebSocket {
      constructor(address: string | URL) {
        super(reach(address))
        this.on('error', () => undefined)
        sockets.push(this)
      }
    }
    const outbox = this.outbox = new Outbox(codeOf, () => this.call.send({ type: 'mail.lost' }))
    const socket = socketActor({
      url: `${url.replace(/^http/, 'ws')}/trpc`, WebSocket: Socket as unknown as typeof WebSocket,
      waits: { clientPing: 100, clientPatience: 2_000, probePatience: 2_000 }, outbox, ice: this.ice, now: () => tab.seat.now(),
    })
    this.watch = new Watch({ recorder: this.recorder, outbox, mayTell: () => this.call.getSnapshot().matches('connected'), told: (isWatched) => { this.isWatched = isWatched } })
    this.visit = createActor(visit, { clock: this.clock, inspect: this.recorder.inspect('visit') })
    const continuity = this.continuity = new Continuity(tab.memory, room)
    this.call = createActor(call.provide({ actors: { connection: ether.connectionOf(continuity) } }), { clock: this.clock, inspect: this.recorder.inspect('call') })
    this.link = createActor(link.provide({ actors: { socket } }), { input: { room }, inspect: this.recorder.inspect('link') })
    this.#stop = wire({
      ...this.#actors, outbox, makeKey, seat: tab.seat, continuity, watch: this.watch, presence: this.presence,
      showMedia: (media) => { this.remoteMedia = media },
    })
    for (const actor of Object.values(this.#actors)) actor.start()
    this.link.send({ type: 'page.opened' })
    this.microphone.send({ type: 'user.switchedOn' })
    this.camera.send({ type: 'user.switchedOn' })
    if (tab.token) this.visit.send({ type: 'page.reloaded' })
  }

  #createDevice(kind: DeviceKind): Actor<typeof device> {
    const capture = fromCallback<CaptureOrder, CaptureInput, CaptureFact>(({ sendBack }) => {
      this.captured.add(kind)
      sendBack({ type: 'device.opened', deviceId: kind, label: kind, refusal: null })
      return () => { this.captured.delete(kind) }
    })
    return createActor(device.provide({ actors: { capture } }), { input: { kind, chosen: null }, inspect: this.recorder.inspect(kind) })
  }

  get #actors() {
    const { visit, call, link, microphone, camera, screen } = this
    return { visit, call, link, microphone, camera, screen }
  }

  join(): void {
    this.visit.send({ type: 'user.joined' })
  }

  /** Hangs up, or leaves before there is a call, and has second thoughts. */
  comeBack(): void {
    this.call.send({ type: 'user.hungUp' })
    this.visit.send({ type: 'user.left' })
    this.visit.send({ type: 'user.rejoined' })
  }

  /** The page goes, its tab stays. */
  close(): void {
    this.link.send({ type: 'page.closed' })
    this.dispose()
  }

  dispose(): void {
    this.#stop()
    this.watch.dispose()
    for (const actor of Object.values(this.#actors)) actor.stop()
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

  async isIn(state: 'offering' | 'answering' | 'connected' | 'hangup' | 'idle'): Promise<void> {
    await waitFor(this.call, (snapshot) => snapshot.matches(state), { timeout: deadlineMs })
  }

  async isConnected(): Promise<void> {
    await this.isIn('connected')
    await waitFor(this.visit, ({ context }) => context.room === 'full', { timeout: deadlineMs })
  }

  async isInside(): Promise<void> {
    await waitFor(this.visit, (snapshot) => snapshot.matches('inside'), { timeout: deadlineMs })
  }

  /** Has been told so of the room. */
  async knows(what: Partial<VisitContext>): Promise<void> {
    await waitFor(this.visit, ({ context }) => isDeepStrictEqual(context, { ...context, ...what }), { timeout: deadlineMs })
  }

  async isOutside(how: 'left' | 'refused' | 'elsewhere'): Promise<void> {
    await waitFor(this.visit, (snapshot) => snapshot.matches({ outside: how }), { timeout: deadlineMs })
  }

  /** The offer lies with the server. */
  async waits(): Promise<void> {
    await waitFor(this.call, (snapshot) => snapshot.matches({ offering: 'waiting' }), { timeout: deadlineMs })
  }
}

/** A page that a test hides and shows. */
class FakePresence implements Presence {
  #shown = true
  #changed = (): void => undefined

  isShown(): boolean {
    return this.#shown
  }

  watch(changed: () => void): () => void {
    this.#changed = changed
    return () => undefined
  }

  show(shown: boolean): void {
    this.#shown = shown
    this.#changed()
  }
}
