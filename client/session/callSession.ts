import { createActor, type ActorRefFrom } from 'xstate'
import { call } from '../../machines/call/callMachine.ts'
import { device } from '../../machines/media/deviceMachine.ts'
import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'
import { link } from '../../machines/signaling/signalingMachine.ts'
import { notice } from '../../machines/status/statusBannerMachine.ts'
import { quality } from '../../machines/status/qualityMachine.ts'
import type { safety } from '../../machines/verification/verificationMachine.ts'
import { visit } from '../../machines/membership/membershipMachine.ts'
import type { MediaState } from '../../machines/protocol/messages.ts'
import { createAsk } from '../media/getUserMedia.ts'
import { broadcast } from '../trace/tabBroadcast.ts'
import { connectionActor } from '../webrtc/peerConnection.ts'
import { Continuity } from '../verification/continuity.ts'
import { IceSource } from '../webrtc/iceServerCache.ts'
import { makeKey } from '../common/randomKey.ts'
import { captureActor, settle, watchBrowser } from '../media/captureActor.ts'
import { recall, remember, storageOf } from '../common/storage.ts'
import { watchNetwork } from '../signaling/networkMonitor.ts'
import { watchTrouble } from './statusBanner.ts'
import { Outbox } from '../signaling/outbox.ts'
import { createPresence } from './presence.ts'
import { prime } from '../webrtc/warmUp.ts'
import { QualityReader } from '../webrtc/qualitySampler.ts'
import { Confidant } from '../verification/verifier.ts'
import { SeatKeeper } from './seatStorage.ts'
import { sentBy, watchSent } from '../media/mediaState.ts'
import { lendSeat, seekSeat, type SiblingSeat } from './tabHandover.ts'
import { SourceWatch, watchUnsent } from '../media/sources.ts'
import { socketActor } from '../signaling/signalingActor.ts'
import { Stage } from '../media/mediaView.svelte.ts'
import { type Missing, missingIn } from '../common/browserSupport.ts'
import { Tracks } from '../media/localTracks.ts'
import { Recorder } from '../trace/recorder.ts'
import { codeOf, lineUrl } from '../signaling/trpcSocket.ts'
import { findCause, LineWatch } from '../signaling/unreachable.svelte.ts'
import { Watch } from '../trace/remoteTrace.ts'
import { wire } from './connectMachines.ts'

/** One page's stay at one room: its machines, wired to each other, and what they let be seen. */
export interface Session {
  /** The room's name in its one spelling (machines/protocol/roomName.ts). */
  readonly room: string
  readonly visit: ActorRefFrom<typeof visit>
  readonly call: ActorRefFrom<typeof call>
  readonly link: ActorRefFrom<typeof link>
  readonly safety: ActorRefFrom<typeof safety>
  readonly microphone: ActorRefFrom<typeof device>
  readonly camera: ActorRefFrom<typeof device>
  readonly screen: ActorRefFrom<typeof device>
  /** What of their trouble is worth a word. */
  readonly notice: ActorRefFrom<typeof notice>
  /** How good the way to the other side is. */
  readonly quality: ActorRefFrom<typeof quality>
  readonly stage: Stage
  /** Why the server is out of reach, once that lasts. */
  readonly line: LineWatch
  /** What this browser lacks; then nothing is asked of the server or the devices. */
  readonly missing: Missing | null
  /** What happened so far. */
  readonly recorder: Recorder
  /** Somebody looks at what happens on the other side, too. Returns its undo. */
  look(): () => void
  /** The figures of the connection to the other side; null: there is none. */
  stats(): Promise<RTCStatsReport> | null
  /** What another tab of this browser has its seat in this room with; null: none has one. */
  siblingSeat(): Promise<SiblingSeat | null>
  /** Goes on here with such a seat. The other tab then says that the room is open elsewhere. */
  continueHere(seat: SiblingSeat): void
  /** Looks for such a seat and goes on here with it. False: no other tab has one, and nothing has changed. */
  continueFromSibling(): Promise<boolean>
  /** Stops everything: tracks, connection, socket. The seat stays for its grace unless the visit was left. */
  dispose(): void
}

export interface SessionOptions {
  room: string
  /** `?relay=1`: every packet through TURN. */
  relayOnly: boolean
}

/** How often what a page that is loaded again needs is marked as current, in ms: several times in `timers.lossPatience`, in hidden tabs, too. */
const refreshMs = 20_000

/** Opens the link and asks for the devices at once: *Join* (`visit` ← `user.joined`) then costs one round trip. */
export function createSession({ room, relayOnly }: SessionOptions): Session {
  const { mediaDevices: devices, permissions } = navigator as Partial<Navigator>
  const local = storageOf('localStorage')
  const seat = new SeatKeeper(storageOf('sessionStorage'), room)
  const continuity = new Continuity(storageOf('sessionStorage'), room)
  const tracks = new Tracks()
  const ice = new IceSource()
  const stage = new Stage({ tracks, devices, memory: local })
  const capture = captureActor({ ask: createAsk(devices, permissions), tracks, devices, permissions })
  const outbox = new Outbox(codeOf, () => actors.call.send({ type: 'mail.lost' }))
  const recorder = new Recorder()
  const watch = new Watch({
    recorder, outbox, mayTell: () => actors.call.getSnapshot().matches('connected'),
    told: (isWatched) => { stage.isWatched = isWatched },
  })
  const showMedia = (media: MediaState): void => { stage.remoteMedia = media }
  let stats: (() => Promise<RTCStatsReport>) | null = null
  const confidant: Confidant = new Confidant({ room, role: () => actors.call.getSnapshot().context.role, options: { inspect: recorder.inspect('safety') } })
  const connection = connectionActor({
    tracks, ice, relayOnly,
    media: {
      now: () => sentBy(actors),
      watch: (changed) => watchSent(actors, changed),
      show: showMedia,
    },
    settled: () => settle([microphone, camera]),
    show: (remote) => stage.show(remote),
    measure: (next) => {
      stats = next
      if (next) stage.isFlooded = false
      sources.reset()
    },
    sample,
    unsupported: () => {
      recorder.note('call', 'connection.unsupported')
      stage.isUnsupported = true
      // The other side shows the reason, and waits for somebody else.
      actors.call.send({ type: 'user.hungUp', reason: 'unsupported' })
    },
    note: (event) => {
      recorder.note('call', event)
      if (event === 'channel.flooded') stage.isFlooded = true
    },
    confide: (confidence) => {
      const stops = [continuity.exchange(confidence), confidant.confide(confidence)]
      return () => { for (const stop of stops) stop() }
    },
  })
  const socket = socketActor({ url: lineUrl(location), WebSocket, outbox, ice, now: () => seat.now() })
  const createDevice = (kind: DeviceKind) =>
    createActor(device.provide({ actors: { capture } }), {
      input: { kind, chosen: kind === 'screen' ? null : recall(local, kind) }, inspect: recorder.inspect(kind),
    })

  const actors = {
    visit: createActor(visit, { inspect: recorder.inspect('visit') }),
    call: createActor(call.provide({ actors: { connection } }), { inspect: recorder.inspect('call') }),
    link: createActor(link.provide({ actors: { socket } }), { input: { room }, inspect: recorder.inspect('link') }),
    safety: confidant.actor,
    microphone: createDevice('microphone'),
    camera: createDevice('camera'),
    screen: createDevice('screen'),
    notice: createActor(notice, { inspect: recorder.inspect('notice') }),
    quality: createActor(quality, { inspect: recorder.inspect('quality') }),
  }
  const { microphone, camera, screen } = actors
  const missing = missingIn(globalThis)
  const line = new LineWatch({ link: actors.link, find: () => findCause((path, init) => fetch(path, init), navigator.onLine) })
  const reader = new QualityReader()
  const doubt: ConstructorParameters<typeof SourceWatch>[1] = (kind, type) => actors[kind].send({ type })
  const sources = new SourceWatch(tracks, doubt)
  const isFlowing = (): boolean => actors.call.getSnapshot().matches({ connected: 'flowing' })
  const stops = [
    wire({
      ...actors, outbox, makeKey, seat, continuity, watch, showMedia, presence: createPresence(),
    }),
    watchTrouble(actors),
    watchUnsent(tracks, isFlowing, doubt),
    // Nobody sees the one before them.
    actors.call.on('call.ended', () => stage.forgetStill()).unsubscribe,
    watchPage(actors.link),
    refreshWhileOpen(continuity),
    watchNetwork(() => {
      for (const each of [actors.link, actors.call]) each.send({ type: 'network.changed' })
    }),
    ...[microphone, camera, screen].map((each) => watchBrowser(each, devices, permissions)),
    ...[microphone, camera].map((each) => rememberChoice(each)),
    lendSeat(room, () => {
      const { token } = actors.link.getSnapshot().context
      return token === null ? null : { token, bond: continuity.lend() }
    }),
    () => stage.dispose(),
    broadcast(recorder, () => watch.look()),
    () => watch.dispose(),
    () => line.dispose(),
  ]

  function sample(report: RTCStatsReport): void {
    const entries = report as unknown as Iterable<[string, unknown]>
    const read = reader.read(entries)
    if (!isFlowing()) return sources.reset()
    sources.read(entries)
    if (read) actors.quality.send({ type: 'sample.taken', sample: read })
  }

  function rememberChoice(each: ActorRefFrom<typeof device>): () => void {
    const { unsubscribe } = each.subscribe(({ context: { kind, chosen } }) => { if (chosen) remember(local, kind, chosen) })
    return unsubscribe
  }

  for (const actor of Object.values(actors)) actor.start()
  if (missing) line.dispose()
  else begin()

  function begin(): void {
    actors.link.send({ type: 'page.opened' })
    // It only saves time: the call itself reports why it cannot begin.
    prime().catch(() => undefined)
    microphone.send({ type: 'user.switchedOn' })
    camera.send({ type: 'user.switchedOn' })
    if (seat.read()) actors.visit.send({ type: 'page.reloaded' })
  }

  function continueHere({ token, bond }: SiblingSeat): void {
    seat.keep(token)
    if (bond) continuity.adopt(bond)
    actors.visit.send({ type: actors.visit.getSnapshot().matches('lobby') ? 'user.joined' : 'user.rejoined' })
  }

  return {
    room, stage, line, missing, recorder, continueHere, ...actors,
    look: () => watch.look(),
    stats: () => stats?.() ?? null,
    siblingSeat: () => seekSeat(room),
    async continueFromSibling() {
      const found = await seekSeat(room)
      if (found) continueHere(found)
      return found !== null
    },
    dispose() {
      for (const stop of stops) stop()
      for (const actor of Object.values(actors)) actor.stop()
    },
  }
}

/** Once more when the page goes: a page that is loaded again follows at once. Returns its undo. */
function refreshWhileOpen(continuity: Continuity): () => void {
  const refresh = (): void => continuity.refresh()
  const timer = setInterval(refresh, refreshMs)
  addEventListener('pagehide', refresh)
  return () => {
    clearInterval(timer)
    removeEventListener('pagehide', refresh)
  }
}

/** What the browser tells of the page concerns the link. */
function watchPage(actor: ActorRefFrom<typeof link>): () => void {
  const stop = new AbortController()
  // Timers of a page that nobody saw may have waited long.
  document.addEventListener('visibilitychange', () => { if (!document.hidden) actor.send({ type: 'network.changed' }) }, { signal: stop.signal })
  addEventListener('pagehide', () => actor.send({ type: 'page.closed' }), { signal: stop.signal })
  return () => stop.abort()
}
