import type { ActorRefFrom, SnapshotFrom } from 'xstate'
import type { call } from '../../machines/call/callMachine.ts'
import { mayCapture } from '../../machines/media/capture.ts'
import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'
import type { News } from '../../machines/signaling/signalingEvents.ts'
import type { link } from '../../machines/signaling/signalingMachine.ts'
import type { visit } from '../../machines/membership/membershipMachine.ts'
import type { Joined, MediaState, Message, PeerMessage } from '../../machines/protocol/messages.ts'
import type { Continuity } from '../verification/continuity.ts'
import type { Presence } from './presence.ts'
import type { SeatKeeper } from './seatStorage.ts'
import { type Devices, sentBy, watchSent } from '../media/mediaState.ts'
import type { Watch } from '../trace/remoteTrace.ts'

/** The machines of one session, and what they need besides each other. */
export interface Wired extends Devices {
  visit: ActorRefFrom<typeof visit>
  call: ActorRefFrom<typeof call>
  link: ActorRefFrom<typeof link>
  outbox: { say(message: PeerMessage): void }
  seat: SeatKeeper
  continuity: Pick<Continuity, 'sign' | 'isForeign' | 'accept' | 'release'>
  makeKey(): string
  /** What the other side says that it sends. */
  showMedia(media: MediaState): void
  /** Whether the page is shown; without it, always. */
  presence?: Presence
  /** Takes what is about the machines rather than for them. */
  watch?: Watch
}

type Table<T extends { type: string }> = { [K in T['type']]: (event: Extract<T, { type: K }>) => void }

const deviceKinds: readonly DeviceKind[] = ['microphone', 'camera', 'screen']
const everything: MediaState = { microphone: true, camera: true, screen: false }

/** Lets what one machine says be heard by those whom it concerns. Returns its undo. */
export function wire(wired: Wired): () => void {
  const { visit, call, link, outbox, seat, continuity } = wired
  const news = newsTable(wired)
  const subscriptions = [
    visit.on('entry.asked', () => link.send({ type: 'entry.asked', ...seat.ask(wired.makeKey) })),
    visit.on('seat.released', () => {
      call.send({ type: 'seat.left', reason: 'local' })
      link.send({ type: 'seat.released' })
      seat.leave()
      // The other side may have missed the goodbye: the same tab can still prove that it comes back.
      continuity.release()
    }),
    visit.on('seat.abandoned', () => {
      const isTaken = visit.getSnapshot().matches({ outside: 'elsewhere' })
      call.send({ type: 'seat.left', reason: isTaken ? 'elsewhere' : 'lost' })
      link.send({ type: 'seat.abandoned' })
      // The person may want it back from the other tab.
      if (isTaken) return seat.leave()
      seat.forget()
      continuity.release()
    }),
    link.on('seat.given', ({ seat: given }) => takeSeat(wired, given)),
    link.on('seat.refused', ({ code }) => {
      seat.forget()
      const isCalling = isCallOn(call.getSnapshot())
      // What is sent to the server reaches nobody until there is a seat again.
      if (isCalling) call.send({ type: 'link.lost' })
      visit.send({ type: 'seat.refused', code, isCalling })
    }),
    link.on('entry.renewed', ({ key }) => seat.renew(key)),
    link.on('seat.freed', () => seat.free()),
    link.on('link.lost', (event) => {
      for (const each of [visit, call]) each.send(event)
    }),
    link.on('line.proven', (event) => call.send(event)),
    link.on('news.read', ({ news: read }) => hear(news, read)),
    call.on('message.said', ({ message }) => outbox.say(continuity.sign(message))),
    call.on('flow.reported', ({ media }) => link.send({ type: 'flow.reported', media })),
    call.on('path.doubted', () => link.send({ type: 'line.doubted' })),
    call.on('call.ended', ({ reason }) => {
      // Of a call that was lost the two may continue, and each has to prove it.
      if (reason === 'remote' || reason === 'left') continuity.release()
      visit.send({ type: reason === 'local' ? 'user.left' : 'call.ended' })
    }),
    call.on('stranger.accepted', () => continuity.accept()),
  ]
  const stops = [...subscriptions.map((each) => () => each.unsubscribe()), watchSent(wired, () => sayMedia(wired)), followVisit(wired)]
  return () => stops.forEach((stop) => stop())
}

/** Devices follow the visit and the call: each is told when its track may live, and when it may not any more. Returns its undo. */
function followVisit({ visit, call, presence, ...devices }: Wired): () => void {
  const look = (): void => {
    for (const kind of deviceKinds) {
      const may = (presence?.isShown() ?? true) && mayCapture(kind, visit.getSnapshot(), call.getSnapshot())
      const isSuspended = devices[kind].getSnapshot().matches('suspended')
      if (may === isSuspended) devices[kind].send({ type: may ? 'visit.began' : 'visit.ended' })
    }
  }
  const subscriptions = [visit.subscribe(look), call.subscribe(look)]
  const stop = presence?.watch(look)
  return () => {
    subscriptions.forEach((each) => each.unsubscribe())
    stop?.()
  }
}

function takeSeat(wired: Wired, given: Joined): void {
  const { visit, call, seat, watch } = wired
  const { seat: name, role, epoch, peer, resumed, state, token } = given
  seat.keep(token)
  // Another seat than the one before: whoever sat across heard us leave, or was forgotten like us and talks on.
  const calling = call.getSnapshot()
  if (!resumed && calling.context.seat && !calling.matches({ connected: 'flowing' })) call.send({ type: 'seat.left', reason: 'lost' })
  visit.send({ type: 'seat.given', state, peer })
  call.send({ type: 'seat.given', seat: name, role, epoch, peer, resumed })
  sayMedia(wired)
  if (peer === 'absent') watch?.part(true)
  else watch?.meet()
}

function newsTable(wired: Wired): Table<News> {
  const { visit, call, showMedia, watch, continuity } = wired
  const messages: Table<PeerMessage> = {
    offer: (message) => call.send({ ...told(message), type: continuity.isForeign(message) ? 'stranger.offered' : 'offer.received' }),
    answer: (message) => call.send({ ...told(message), type: continuity.isForeign(message) ? 'stranger.answered' : 'answer.received' }),
    candidate: ({ connection, candidate }) => call.send({ type: 'candidate.received', connection, candidate }),
    media: ({ microphone, camera, screen }) => showMedia({ microphone, camera, screen }),
    // The other side says goodbye over the data channel, too. This copy may come from whoever has its seat now.
    bye: (message) => { if (!continuity.isForeign(message)) call.send({ ...(message.reason && { reason: message.reason }), type: 'bye.received' }) },
    watch: (message) => watch?.heed(message),
    trace: (message) => watch?.read(message),
  }
  return {
    ready: () => {
      // A room is ready again when media stops, too: then nobody is new.
      const isNew = visit.getSnapshot().context.peer === 'absent'
      visit.send({ type: 'room.ready' })
      if (isNew) call.send({ type: 'peer.arrived' })
      sayMedia(wired)
      watch?.meet()
    },
    full: () => visit.send({ type: 'room.full' }),
    message: ({ message }) => hear(messages, message),
    'peer.away': (event) => {
      for (const each of [visit, call]) each.send(event)
      watch?.part(false)
    },
    'peer.back': (event) => {
      for (const each of [visit, call]) each.send(event)
      sayMedia(wired)
      watch?.meet(event.fresh)
    },
    'peer.left': (event) => {
      for (const each of [visit, call]) each.send(event)
      // Who was only forgotten by the server goes on saying what they send.
      if (!call.getSnapshot().matches('connected')) {
        showMedia(everything)
        continuity.release()
      }
      watch?.part(true)
    },
    'seat.taken': () => visit.send({ type: 'seat.taken' }),
    resync: () => call.send({ type: 'mail.lost' }),
    // The link's own business.
    drain: () => undefined,
    log: ({ line }) => watch?.hear(line),
  }
}

function hear<T extends { type: string }>(table: Table<T>, event: T): void {
  const listener = table[event.type as T['type']] as ((event: T) => void) | undefined
  // A server that is newer may know words that this page does not.
  listener?.(event)
}

const told = ({ connection, negotiation, sdp }: Message<'offer'> | Message<'answer'>) => ({ connection, negotiation, sdp })

/** There is, or was a moment ago, a way between the two pages that needs no server. */
const isCallOn = (calling: SnapshotFrom<typeof call>): boolean => calling.matches('connected') || calling.matches('unproven')

/** To nobody it would be said in vain. */
function sayMedia(wired: Wired): void {
  const visiting = wired.visit.getSnapshot()
  if (visiting.matches('inside') && !visiting.matches({ inside: 'unseated' }) && visiting.context.peer !== 'absent') wired.outbox.say({ type: 'media', ...sentBy(wired) })
}
