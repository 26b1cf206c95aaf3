import { createActor, type ActorRefFrom } from 'xstate'
import { callMachine } from '../../machines/call/callMachine.ts'
import { deviceMachine } from '../../machines/media/deviceMachine.ts'
import type { DeviceKind, RoomPolicy } from '../../machines/protocol/vocabulary.ts'
import { signalingMachine } from '../../machines/signaling/signalingMachine.ts'
import { statusBannerMachine } from '../../machines/status/statusBannerMachine.ts'
import { qualityMachine } from '../../machines/status/qualityMachine.ts'
import type { verificationMachine } from '../../machines/verification/verificationMachine.ts'
import { membershipMachine } from '../../machines/membership/membershipMachine.ts'
import type { MediaState } from '../../machines/protocol/messages.ts'
import { createTrackRequester } from '../media/getUserMedia.ts'
import { broadcastTrace } from '../trace/tabBroadcast.ts'
import { peerConnectionActor } from '../webrtc/peerConnection.ts'
import { Continuity } from '../verification/continuity.ts'
import { IceSource } from '../webrtc/iceServerCache.ts'
import { appPath } from '../common/basePath.ts'
import { readFrameOption } from '../common/framing.ts'
import { createRandomKey } from '../common/randomKey.ts'
import { captureActor, waitUntilSettled, monitorDevices } from '../media/captureActor.ts'
import { getStored, setStored, openStorage } from '../common/storage.ts'
import { Attention } from './attention.svelte.ts'
import { FailureReporter } from '../signaling/failureReporter.ts'
import { monitorNetwork } from '../signaling/networkMonitor.ts'
import { renderQueue } from '../app/renderQueue.ts'
import { holdRendering } from './holdRendering.ts'
import { connectStatusBanner } from './statusBanner.ts'
import { Outbox } from '../signaling/outbox.ts'
import { createLazyContent, type LazyContent } from '../content/lazyContent.ts'
import { createLazyPreparation, type LazyPreparation } from './lazyPreparation.ts'
import { reportPageEvents, saveWhileOpen } from './pageEvents.ts'
import { createPageLifecycle } from './pageLifecycle.ts'
import { CertificateReserve } from '../webrtc/certificateReserve.ts'
import { warmUp } from '../webrtc/warmUp.ts'
import { QualitySampler } from '../webrtc/qualitySampler.ts'
import { Verifier } from '../verification/verifier.ts'
import { SeatStorage } from './seatStorage.ts'
import { readMediaState, onMediaStateChange } from '../media/mediaState.ts'
import { offerSeat, requestSeat, type HandoverSeat } from './tabHandover.ts'
import { SourceMonitor, monitorUnsentSources } from '../media/sourceMonitor.ts'
import { socketActor } from '../signaling/socketActor.ts'
import { audioConstraints, readChangedOptions } from '../media/audioConstraints.ts'
import { MediaView } from '../media/mediaView.svelte.ts'
import { type MissingFeature, findMissingFeature } from '../common/browserSupport.ts'
import { Tracks } from '../media/localTracks.ts'
import { Recorder } from '../trace/recorder.ts'
import { parseErrorCode, trpcUrl } from '../signaling/trpcSocket.ts'
import { findUnreachableCause, ServerReachability } from '../signaling/serverReachability.svelte.ts'
import { RemoteTrace } from '../trace/remoteTrace.ts'
import { connectMachines } from './connectMachines.ts'
import { CallTimer } from './callTimer.svelte.ts'
import { Names } from './names.svelte.ts'

/** One page in one room: its connected machines and the state that the UI reads. */
export interface Session {
  /** The canonical room name (machines/protocol/roomName.ts). */
  readonly room: string
  readonly membership: ActorRefFrom<typeof membershipMachine>
  readonly call: ActorRefFrom<typeof callMachine>
  readonly signaling: ActorRefFrom<typeof signalingMachine>
  readonly verification: ActorRefFrom<typeof verificationMachine>
  readonly microphone: ActorRefFrom<typeof deviceMachine>
  readonly camera: ActorRefFrom<typeof deviceMachine>
  readonly screen: ActorRefFrom<typeof deviceMachine>
  /** Selects the problem that the status banner shows. */
  readonly statusBanner: ActorRefFrom<typeof statusBannerMachine>
  /** The quality of the connection to the peer. */
  readonly quality: ActorRefFrom<typeof qualityMachine>
  readonly mediaView: MediaView
  /** The live local tracks. */
  readonly tracks: Tracks
  /** The switches for sounds and notifications, and the changes that the person has not seen. */
  readonly attention: Attention
  /** The names of both people. */
  readonly names: Names
  /** Chat and files, over data channels to the peer. */
  readonly content: LazyContent
  /** Measures the call. */
  readonly callTimer: CallTimer
  /** Why the server is unreachable, after 5 s without a connection. */
  readonly serverReachability: ServerReachability
  /** The missing browser feature; null if none. If set, the session contacts no server and opens no device. */
  readonly missingFeature: MissingFeature | null
  /** The trace of this page. */
  readonly recorder: Recorder
  /** Subscribes to the peer's trace. Returns its stop function. */
  subscribeToRemoteTrace(): () => void
  /** Reads the stats of the peer connection; null if there is none. */
  getStats(): Promise<RTCStatsReport> | null
  /** Returns the policy that this tab last knew or selected for the room; null without one. */
  readPolicy(): RoomPolicy | null
  /** Selects the policy: of the room that the next join creates, or of the room that this page is in. */
  selectPolicy(policy: RoomPolicy): void
  /** The connection that this page prepares with the visitor at the door, or with the waiting person. */
  readonly preparation: LazyPreparation
  /** Requests the seat of another tab of this browser in this room; null if none answers within 500 ms. */
  findOtherTabSeat(): Promise<HandoverSeat | null>
  /** Continues in this tab with such a seat. The other tab then shows that the room is open elsewhere. */
  takeOverSeat(seat: HandoverSeat): void
  /** Continues in this tab: with the seat of another tab, which has the newest token, or else with a new join. */
  continueHere(): Promise<void>
  /** Stops tracks, connection and socket. The seat stays for its grace period unless the user left. */
  dispose(): void
}

/** The room of a session and its options from the URL. */
export interface SessionOptions {
  room: string
  /** `?relay=1`: only relayed candidate pairs (TURN) are used. */
  relayOnly: boolean
}

/**
 * Creates the session, connects to the server and requests the devices at once. *Join* (`membership` ← `user.joined`)
 * then costs one round trip.
 */
export function createSession({ room, relayOnly }: SessionOptions): Session {
  const { mediaDevices: devices, permissions } = navigator as Partial<Navigator>
  const persistentStorage = openStorage('localStorage')
  const seatStorage = new SeatStorage(openStorage('sessionStorage'), room)
  const continuity = new Continuity(openStorage('sessionStorage'), room)
  const tracks = new Tracks()
  const names = new Names(persistentStorage, readFrameOption('name'))
  const recorder = new Recorder()
  const content = createLazyContent({
    room,
    storage: openStorage('sessionStorage'),
    names,
    recorder,
    now: () => Date.now(),
  })
  const ice = new IceSource()
  const certificates = new CertificateReserve()
  const mediaView = new MediaView({ tracks, devices, storage: persistentStorage })
  const capture = captureActor({
    requestTrack: createTrackRequester(devices, permissions, () =>
      audioConstraints(readChangedOptions(persistentStorage)),
    ),
    tracks,
    devices,
    permissions,
  })
  const outbox = new Outbox(parseErrorCode, () => actors.call.send({ type: 'messages.lost' }))
  const remoteTrace = new RemoteTrace({
    recorder,
    outbox,
    canShare: () => actors.call.getSnapshot().matches('connected'),
    onSharingChange: (isSharing) => {
      mediaView.isTraceShared = isSharing
    },
  })
  const onRemoteMediaState = (media: MediaState): void => {
    mediaView.remoteMedia = media
  }
  let getStats: (() => Promise<RTCStatsReport>) | null = null
  const verifier: Verifier = new Verifier({
    room,
    role: () => actors.call.getSnapshot().context.role,
    options: { inspect: recorder.inspect('verification') },
  })
  const preparation = createLazyPreparation({
    tracks,
    ice,
    recorder,
    machines: () => actors,
    // A page whose call may continue admits only the peer that proves its identity.
    mayPrepare: () => !continuity.isProofRequired,
  })
  const peerConnection = peerConnectionActor({
    tracks,
    ice,
    certificates,
    relayOnly,
    takePrepared: () => preparation.current?.taken ?? null,
    media: {
      readLocal: () => readMediaState(actors),
      subscribe: (changed) => onMediaStateChange(actors, changed),
      onRemote: onRemoteMediaState,
    },
    waitForDevices: () => waitUntilSettled([microphone, camera]),
    onRemoteStream: (stream) => mediaView.setRemoteStream(stream),
    onRemoteScreen: (stream) => (mediaView.remoteScreen = stream),
    onVoiceAvailable: (readLevel) => (mediaView.readVoiceLevel = readLevel),
    onStatsAvailable: (stats) => {
      getStats = stats
      if (stats) mediaView.isChannelFlooded = false
      sourceMonitor.reset()
    },
    onStatsReport,
    onUnsupported: () => {
      recorder.record('call', 'connection.unsupported')
      mediaView.isUnsupported = true
      // The peer shows the reason and waits for another visitor.
      actors.membership.send({ type: 'user.hungUp', reason: 'unsupported' })
    },
    trace: (event) => {
      recorder.record('call', event)
      if (event === 'channel.flooded') mediaView.isChannelFlooded = true
    },
    onChannelOpen: (channel, contentChannels) => {
      const stops = [
        continuity.exchangeSecrets(channel),
        verifier.onChannelOpen(channel),
        names.exchange(channel.channel),
        content.exchange(channel.channel, contentChannels),
      ]
      return () => {
        for (const stop of stops) stop()
      }
    },
  })
  const failureReporter = new FailureReporter()
  const socket = socketActor({
    url: trpcUrl(location, room),
    WebSocket,
    outbox,
    ice,
    failureReporter,
    now: () => seatStorage.nextRequestTime(),
    readyPreparation: () => preparation.current?.readyAttempt ?? null,
  })
  const createDevice = (kind: DeviceKind) =>
    createActor(deviceMachine.provide({ actors: { capture } }), {
      input: { kind, selectedDeviceId: kind === 'screen' ? null : getStored(persistentStorage, kind) },
      inspect: recorder.inspect(kind),
    })

  const actors = {
    membership: createActor(membershipMachine, { inspect: recorder.inspect('membership') }),
    call: createActor(callMachine.provide({ actors: { peerConnection } }), { inspect: recorder.inspect('call') }),
    signaling: createActor(signalingMachine.provide({ actors: { socket } }), {
      input: { room },
      inspect: recorder.inspect('signaling'),
    }),
    verification: verifier.actor,
    microphone: createDevice('microphone'),
    camera: createDevice('camera'),
    screen: createDevice('screen'),
    statusBanner: createActor(statusBannerMachine, { inspect: recorder.inspect('statusBanner') }),
    quality: createActor(qualityMachine, { inspect: recorder.inspect('quality') }),
  }
  const { microphone, camera, screen } = actors
  const missingFeature = findMissingFeature(globalThis)
  const serverReachability = new ServerReachability({
    signaling: actors.signaling,
    findCause: () => findUnreachableCause((path, init) => fetch(appPath(path), init), navigator.onLine),
  })
  const callTimer = new CallTimer(actors.call)
  const qualitySampler = new QualitySampler()
  const onSourceProblem: ConstructorParameters<typeof SourceMonitor>[1] = (kind, type) => actors[kind].send({ type })
  const sourceMonitor = new SourceMonitor(tracks, onSourceProblem)
  const isMediaFlowing = (): boolean => actors.call.getSnapshot().matches({ connected: 'flowing' })
  const stops = [
    connectMachines({
      ...actors,
      outbox,
      failureReporter,
      createKey: createRandomKey,
      seatStorage,
      continuity,
      remoteTrace,
      onRemoteMediaState,
      onNewPeer: forgetPeer,
      onVisitEnded: () => content.clear(),
      pageLifecycle: createPageLifecycle(),
      confirmPreparation: (id, holder) => (id ? (preparation.current?.confirm(id, holder) ?? null) : undefined),
    }),
    actors.signaling.on('*', (effect) => preparation.onSignaling(effect)).unsubscribe,
    connectStatusBanner(actors),
    holdRendering({ ...actors, renderQueue }),
    monitorUnsentSources(tracks, isMediaFlowing, onSourceProblem),
    // The next peer must not see a frame of the previous one.
    actors.call.on('call.ended', () => mediaView.clearLastFrame()).unsubscribe,
    actors.membership.on('handover.requested', () => void takeOverFromOtherTab()).unsubscribe,
    reportPageEvents(actors.signaling),
    saveWhileOpen(continuity),
    monitorNetwork(() => {
      for (const each of [actors.signaling, actors.call]) each.send({ type: 'network.changed' })
      preparation.current?.onNetworkChange()
    }),
    ...[microphone, camera, screen].map((each) => monitorDevices(each, devices, permissions)),
    ...[microphone, camera].map((each) => saveChosenDevice(each)),
    offerSeat(room, () => {
      const { token } = actors.signaling.getSnapshot().context
      return token === null ? null : { token, secrets: continuity.exportSecrets(), chat: content.exportChat() }
    }),
    () => mediaView.dispose(),
    () => callTimer.dispose(),
    broadcastTrace(recorder, () => remoteTrace.subscribe()),
    () => remoteTrace.dispose(),
    () => preparation.dispose(),
    () => content.dispose(),
    // Not before: nothing is loaded between the click on *Join* and its request.
    actors.signaling.on('join.accepted', () => void content.load()).unsubscribe,
    () => serverReachability.dispose(),
  ]

  function onStatsReport(report: RTCStatsReport): void {
    const entries = report as unknown as Iterable<[string, unknown]>
    const sample = qualitySampler.read(entries)
    if (!isMediaFlowing()) return sourceMonitor.reset()
    sourceMonitor.read(entries)
    if (sample) actors.quality.send({ type: 'sample.taken', sample })
  }

  function saveChosenDevice(each: ActorRefFrom<typeof deviceMachine>): () => void {
    const { unsubscribe } = each.subscribe(({ context: { kind, selectedDeviceId: chosen } }) => {
      if (chosen) setStored(persistentStorage, kind, chosen)
    })
    return unsubscribe
  }

  for (const actor of Object.values(actors)) actor.start()
  if (missingFeature) serverReachability.dispose()
  else start()

  function start(): void {
    actors.signaling.send({ type: 'page.opened' })
    // The warm-up is optional; a call reports its own errors.
    warmUp().catch(() => undefined)
    certificates.prepare()
    microphone.send({ type: 'user.switchedOn' })
    camera.send({ type: 'user.switchedOn' })
    if (seatStorage.getToken()) actors.membership.send({ type: 'page.reloaded' })
  }

  function forgetPeer(): void {
    names.forgetPeer()
    content.clear()
  }

  function takeOverSeat({ token, secrets, chat }: HandoverSeat): void {
    seatStorage.setToken(token)
    // The other tab may have met another person, who proves the identity with the imported secrets.
    if (!secrets || !continuity.isOfKnownPeer(secrets)) forgetPeer()
    if (secrets) continuity.importSecrets(secrets)
    if (chat) content.importChat(chat)
    actors.membership.send({ type: actors.membership.getSnapshot().matches('lobby') ? 'user.joined' : 'user.rejoined' })
  }

  /** Resolves with false, and changes nothing, if no other tab has a seat. */
  async function takeOverFromOtherTab(): Promise<boolean> {
    const found = await requestSeat(room)
    if (found) takeOverSeat(found)
    return found !== null
  }

  return {
    room,
    mediaView,
    tracks,
    attention: new Attention(persistentStorage),
    names,
    content,
    callTimer,
    serverReachability,
    missingFeature,
    recorder,
    takeOverSeat,
    ...actors,
    subscribeToRemoteTrace: () => remoteTrace.subscribe(),
    getStats: () => getStats?.() ?? null,
    readPolicy: () => seatStorage.getPolicy(),
    selectPolicy(policy) {
      seatStorage.setPolicy(policy)
      actors.signaling.send({ type: 'policy.selected', policy })
    },
    preparation,
    findOtherTabSeat: () => requestSeat(room),
    async continueHere() {
      if (!(await takeOverFromOtherTab())) actors.membership.send({ type: 'user.rejoined' })
    },
    dispose() {
      for (const stop of stops) stop()
      for (const actor of Object.values(actors)) actor.stop()
    },
  }
}
