import { isDeepStrictEqual } from 'node:util'
import { type Actor, createActor, fromCallback, SimulatedClock, waitFor } from 'xstate'
import type { WebSocket as NodeWebSocket } from 'ws'
import { Continuity } from '../../../client/verification/continuity.ts'
import type { IceSource } from '../../../client/webrtc/iceServerCache.ts'
import { createRandomKey } from '../../../client/common/randomKey.ts'
import type { Outbox } from '../../../client/signaling/outbox.ts'
import type { KeyValueStorage } from '../../../client/common/storage.ts'
import type { PageLifecycle } from '../../../client/session/pageLifecycle.ts'
import { SeatStorage } from '../../../client/session/seatStorage.ts'
import { Recorder } from '../../../client/trace/recorder.ts'
import { RemoteTrace } from '../../../client/trace/remoteTrace.ts'
import { connectMachines } from '../../../client/session/connectMachines.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import { deviceMachine } from '../../../machines/media/deviceMachine.ts'
import type { CaptureEvent, CaptureInput, CaptureCommand } from '../../../machines/media/deviceEvents.ts'
import type { DeviceKind, RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import type { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import { membershipMachine, type MembershipContext } from '../../../machines/membership/membershipMachine.ts'
import type { MediaState } from '../../../machines/protocol/messages.ts'
import type { FakeNetwork } from '../webrtc/fakeNetwork.ts'
import { createMemoryStorage } from '../common/memoryStorage.ts'
import { createSignaling, shortPingTimeouts } from '../signaling/signalingTestClient.ts'
import type { TestSockets } from '../../server/testSockets.ts'
import { deadlineMs } from '../../deadline.ts'

/** A browser tab. Its storage survives its pages. */
export class SessionTab {
  readonly seatStorage: SeatStorage
  readonly storage: KeyValueStorage
  readonly #entries: Map<string, string>
  readonly #url: string
  readonly #room: string
  readonly #network: FakeNetwork

  constructor(url: string, room: string, network: FakeNetwork, entries = new Map<string, string>()) {
    this.#url = url
    this.#room = room
    this.#network = network
    this.#entries = entries
    this.storage = createMemoryStorage(entries)
    this.seatStorage = new SeatStorage(this.storage, room)
  }

  get token(): string | null {
    return this.seatStorage.getToken()
  }

  open(): SessionPage {
    return new SessionPage(this, this.#url, this.#room, this.#network)
  }

  /** Duplicates the tab with a copy of its storage, as browsers do. */
  duplicate(): SessionTab {
    return new SessionTab(this.#url, this.#room, this.#network, new Map(this.#entries))
  }
}

/**
 * A page with the real client. Only the devices, the peer connection and the clock of membership and call are fakes.
 */
export class SessionPage {
  readonly clock = new SimulatedClock()
  readonly ice: IceSource
  readonly membership: Actor<typeof membershipMachine>
  readonly call: Actor<typeof callMachine>
  readonly signaling: Actor<typeof signalingMachine>
  readonly recorder = new Recorder()
  readonly remoteTrace: RemoteTrace
  readonly outbox: Outbox
  readonly continuity: Continuity
  /** The captured devices. */
  readonly captured = new Set<DeviceKind>()
  readonly pageLifecycle = new FakePageLifecycle()
  readonly microphone = this.#createDevice('microphone')
  readonly camera = this.#createDevice('camera')
  readonly screen = this.#createDevice('screen')
  remoteMedia: MediaState | null = null
  /** True while the peer receives the trace of this page. */
  isTraceShared = false
  readonly #sockets: TestSockets
  readonly #seatStorage: SeatStorage
  readonly #stop: () => void

  constructor(tab: SessionTab, url: string, room: string, network: FakeNetwork) {
    const { actor, sockets, outbox, ice, failureReporter } = createSignaling(url, room, {
      seatStorage: tab.seatStorage,
      onMessagesLost: () => this.call.send({ type: 'messages.lost' }),
      pingTimeouts: shortPingTimeouts,
      inspect: this.recorder.inspect('signaling'),
    })
    this.signaling = actor
    this.outbox = outbox
    this.ice = ice
    this.#sockets = sockets
    this.#seatStorage = tab.seatStorage
    this.remoteTrace = new RemoteTrace({
      recorder: this.recorder,
      outbox,
      canShare: () => this.call.getSnapshot().matches('connected'),
      onSharingChange: (isSharing) => {
        this.isTraceShared = isSharing
      },
    })
    this.membership = createActor(membershipMachine, {
      clock: this.clock,
      inspect: this.recorder.inspect('membership'),
    })
    const continuity = (this.continuity = new Continuity(tab.storage, room))
    this.call = createActor(
      callMachine.provide({ actors: { peerConnection: network.createConnectionActor(continuity) } }),
      { clock: this.clock, inspect: this.recorder.inspect('call') },
    )
    this.#stop = connectMachines({
      ...this.#actors,
      outbox,
      failureReporter,
      createKey: createRandomKey,
      seatStorage: tab.seatStorage,
      continuity,
      remoteTrace: this.remoteTrace,
      pageLifecycle: this.pageLifecycle,
      onRemoteMediaState: (media) => {
        this.remoteMedia = media
      },
    })
    for (const actor of Object.values(this.#actors)) actor.start()
    this.signaling.send({ type: 'page.opened' })
    this.microphone.send({ type: 'user.switchedOn' })
    this.camera.send({ type: 'user.switchedOn' })
    if (tab.token) this.membership.send({ type: 'page.reloaded' })
  }

  #createDevice(kind: DeviceKind): Actor<typeof deviceMachine> {
    const capture = fromCallback<CaptureCommand, CaptureInput, CaptureEvent>(({ sendBack }) => {
      this.captured.add(kind)
      sendBack({ type: 'device.opened', deviceId: kind, label: kind, preferredProblem: null })
      return () => {
        this.captured.delete(kind)
      }
    })
    return createActor(deviceMachine.provide({ actors: { capture } }), {
      input: { kind, selectedDeviceId: null },
      inspect: this.recorder.inspect(kind),
    })
  }

  /** Every socket that the page opened, in order. */
  get sockets(): readonly NodeWebSocket[] {
    return this.#sockets.all
  }

  get #actors() {
    const { membership, call, signaling, microphone, camera, screen } = this
    return { membership, call, signaling, microphone, camera, screen }
  }

  join(): void {
    this.membership.send({ type: 'user.joined' })
  }

  hangUp(): void {
    this.membership.send({ type: 'user.hungUp' })
  }

  /** Hangs up, or leaves before the call, and rejoins. */
  leaveAndRejoin(): void {
    this.hangUp()
    this.membership.send({ type: 'user.rejoined' })
  }

  /** Selects the policy, as `selectPolicy` of client/session/callSession.ts does. */
  selectPolicy(policy: RoomPolicy): void {
    this.#seatStorage.setPolicy(policy)
    this.signaling.send({ type: 'policy.selected', policy })
  }

  /** Answers the visitor at the door. */
  async answerVisitor(isAdmitted: boolean): Promise<void> {
    const { context } = await waitFor(this.membership, ({ context: { visitor } }) => visitor !== null, {
      timeout: deadlineMs,
    })
    this.signaling.send({ type: 'visitor.answered', visitor: context.visitor!.id, isAdmitted })
  }

  async waitUntilAtDoor(): Promise<void> {
    await waitFor(this.membership, (snapshot) => snapshot.matches({ lobby: 'atDoor' }), { timeout: deadlineMs })
  }

  /** Closes the page; its tab stays. */
  close(): void {
    this.signaling.send({ type: 'page.closing' })
    this.dispose()
  }

  dispose(): void {
    this.#stop()
    this.remoteTrace.dispose()
    for (const actor of Object.values(this.#actors)) actor.stop()
  }

  cutSocket(): void {
    this.#sockets.cut()
  }

  goOffline(): void {
    this.#sockets.goOffline()
  }

  goOnline(): void {
    this.#sockets.goOnline()
    this.signaling.send({ type: 'network.changed' })
  }

  async waitForCall(state: 'offering' | 'answering' | 'connected' | 'hangup' | 'idle'): Promise<void> {
    await waitFor(this.call, (snapshot) => snapshot.matches(state), { timeout: deadlineMs })
  }

  async waitUntilConnected(): Promise<void> {
    await this.waitForCall('connected')
    await waitFor(this.membership, ({ context }) => context.room === 'full', { timeout: deadlineMs })
  }

  async waitUntilInside(): Promise<void> {
    await waitFor(this.membership, (snapshot) => snapshot.matches('joined'), { timeout: deadlineMs })
  }

  /** Waits until the membership context matches. */
  async waitForContext(what: Partial<MembershipContext>): Promise<void> {
    await waitFor(this.membership, ({ context }) => isDeepStrictEqual(context, { ...context, ...what }), {
      timeout: deadlineMs,
    })
  }

  async waitUntilLeft(how: 'byUser' | 'byPeer' | 'rejected' | 'replaced'): Promise<void> {
    await waitFor(this.membership, (snapshot) => snapshot.matches({ left: how }), { timeout: deadlineMs })
  }

  /** Waits until the offer is in the peer's mailbox. */
  async waitUntilOfferSent(): Promise<void> {
    await waitFor(this.call, (snapshot) => snapshot.matches({ offering: 'waitingForPeer' }), { timeout: deadlineMs })
  }
}

/** A page lifecycle that tests control. */
class FakePageLifecycle implements PageLifecycle {
  #isActive = true
  #changed = (): void => undefined

  isActive(): boolean {
    return this.#isActive
  }

  subscribe(changed: () => void): () => void {
    this.#changed = changed
    return () => undefined
  }

  setActive(shown: boolean): void {
    this.#isActive = shown
    this.#changed()
  }
}
