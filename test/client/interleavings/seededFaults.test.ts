import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { enqueueActions, fromCallback } from 'xstate'
import { MediaStateReporter } from '../../../client/signaling/mediaStateReporter.ts'
import { Outbox, type Send } from '../../../client/signaling/outbox.ts'
import { socketActor } from '../../../client/signaling/socketActor.ts'
import { Negotiator } from '../../../client/webrtc/negotiator.ts'
import { PeerConnection } from '../../../client/webrtc/peerConnection.ts'
import { pollStats } from '../../../client/webrtc/statsPoller.ts'
import type { PeerConnectionCommand, PeerConnectionInput } from '../../../machines/call/callEvents.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import type { ErrorCode } from '../../../machines/protocol/messages.ts'
import { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import { ApiError } from '../../../server/common/apiError.ts'
import { Mailbox } from '../../../server/rooms/mailbox.ts'
import { seededFaults as composedFaults } from '../../machines/composed/seededFaults.ts'
import type { CallSubject, Connect } from './callHarness.ts'
import { checkCalls, fatalScenarios, realCall, recoverableScenarios } from './callProperty.ts'
import { FakeMessageServer } from './fakeMessageServer.ts'
import { findCounterexample, type Counterexample } from './interleavingProperty.ts'
import { checkOutbox, outboxScenarios } from './outboxProperty.ts'
import { checkPeer, peerScenarios } from './peerProperty.ts'
import { FailingStore, RecordingRoomService } from './recordingServices.ts'
import { checkSignaling, realSignaling, signalingScenarios } from './signalingProperty.ts'
import type { SignalingSubject } from './signalingHarness.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Exports of modules that a fault replaces, by name. */
const { replacements, replaceable } = vi.hoisted(() => {
  const replacements: Record<string, unknown> = {}
  const replaceable = async (load: () => Promise<object>): Promise<object> => {
    const real = (await load()) as Record<string, unknown>
    const names = Object.keys(real).map((name) => [
      name,
      { enumerable: true, get: () => replacements[name] ?? real[name] },
    ])
    return Object.defineProperties({}, Object.fromEntries(names) as PropertyDescriptorMap)
  }
  return { replacements, replaceable }
})
vi.mock('../../../machines/room/roomMachine.ts', replaceable)
vi.mock('../../../server/rooms/mailbox.ts', replaceable)
vi.mock('../../../client/webrtc/negotiator.ts', replaceable)
vi.mock('../../../client/webrtc/dtlsRole.ts', replaceable)
vi.mock('../../../client/webrtc/statsPoller.ts', replaceable)
vi.mock('../../../client/signaling/mediaStateReporter.ts', replaceable)
vi.mock('../../../client/signaling/inbox.ts', replaceable)

afterEach(() => {
  for (const name of Object.keys(replacements)) delete replacements[name]
  vi.unstubAllGlobals()
})

/** Runs a property of real code with a fault. `factor` multiplies the number of runs. */
type Search = (factor: number) => Promise<Counterexample | null>

const inCall =
  (fault: Partial<CallSubject>, scenarios = recoverableScenarios, runs = 80): Search =>
  (factor) =>
    findCounterexample(scenarios, checkCalls({ ...realCall, ...fault }), runs * factor)
const inSignaling =
  (fault: Partial<SignalingSubject>): Search =>
  (factor) =>
    findCounterexample(signalingScenarios, checkSignaling({ ...realSignaling, ...fault }), 80 * factor)
const inOutbox =
  (Subject: typeof Outbox, Server = FakeMessageServer): Search =>
  (factor) =>
    findCounterexample(outboxScenarios, checkOutbox(Subject, Server), 150 * factor)
const inPeer =
  (Subject: typeof PeerConnection): Search =>
  (factor) =>
    findCounterexample(peerScenarios, checkPeer(Subject), 120 * factor)
/** Replaces exports during the search. */
const withReplaced =
  (exports: Record<string, unknown>, search: Search): Search =>
  (factor) => {
    Object.assign(replacements, exports)
    return search(factor)
  }

/** The call machine and the room machine with a fault of the composed model. */
const composedCall = (name: string) => ({ machine: composedFaults[name]!.rules.machines.call })
const composedRoom = (name: string) => ({ roomMachine: composedFaults[name]!.rules.server.machine })

/** Lets a third visitor take the seat of a connected holder. */
class RoomsWithThirdSeat extends RecordingRoomService {
  override async join(...args: Parameters<RecordingRoomService['join']>): ReturnType<RecordingRoomService['join']> {
    try {
      return await super.join(...args)
    } catch (error) {
      if (!(error instanceof ApiError) || error.errorCode !== 'full') throw error
      const { version, context } = await this.store.load(args[0].room)
      const taken = context.seats.a?.expiresAt === null ? 'a' : 'b'
      const seats = { ...context.seats, [taken]: null }
      const change = { version, state: 'created', context: { ...context, seats }, effects: [], dueAtMs: null } as const
      await this.store.commit(args[0].room, change)
      return super.join(...args)
    }
  }
}

class RoomsWithImpoliteHolders extends RecordingRoomService {
  override async join(...args: Parameters<RecordingRoomService['join']>): ReturnType<RecordingRoomService['join']> {
    const admission = await super.join(...args)
    return { ...admission, joined: { ...admission.joined, role: 'impolite' } }
  }
}

class StoreForgettingEpochs extends FailingStore {
  override async load(name: string): ReturnType<FailingStore['load']> {
    const stored = await super.load(name)
    return stored.state === 'empty' ? { ...stored, context: { ...stored.context, epoch: 0 } } : stored
  }
}

/** Acknowledges every second message without storing it. */
class DroppingMailbox extends Mailbox {
  #count = 0

  override appendMessage(...message: Parameters<Mailbox['appendMessage']>): boolean {
    return ++this.#count % 2 === 0 || super.appendMessage(...message)
  }
}

class ServerAcceptingTwice extends FakeMessageServer {
  override accept(...[line, n, labeled]: Parameters<FakeMessageServer['accept']>): number | ErrorCode {
    return super.accept(line, Math.max(n, this.received.length + 1), labeled)
  }
}

/** Drops what it would send again after a reconnect or a rejection. */
class OutboxWithoutResend extends Outbox {
  override open(seat: { acked: number; resumed: boolean }, send: Send): void {
    let newest = seat.acked + this.size
    super.open(seat, async (seq, message) => {
      if (seq <= newest) throw new Error('not sent')
      newest = seq
      return send(seq, message)
    })
  }
}

/** A call that does not recover, or not in time. */
const late = /seconds of recovery|both connected|at rest/

/** The faults of the composed model. `null`: the part with the fault does not run in these tests. */
const composed: Record<string, [search: Search, why: RegExp | null] | null> = {
  'a camera that stays on after a call': null,
  'a polite peer that does not roll back': [inCall(composedCall('a polite peer that does not roll back')), /never end/],
  'an answer that is held back for a local offer': [
    inCall(composedCall('an answer that is held back for a local offer')),
    null,
  ],
  'an offer that is not repeated to a peer whose offer crossed it': [
    inCall(composedCall('an offer that is not repeated to a peer whose offer crossed it')),
    late,
  ],
  'an unauthenticated offer that replaces a flowing peer': [
    inCall(composedCall('an unauthenticated offer that replaces a flowing peer'), fatalScenarios, 120),
    /unauthenticated peer/,
  ],
  'no restart after a transport is lost': [inCall(composedCall('no restart after a transport is lost')), late],
  'a polite peer that is not notified of the peer’s restart': [
    inCall(composedCall('a polite peer that is not notified of the peer’s restart')),
    late,
  ],
  'an offer without a restart that is treated as a restart': [
    inCall(composedCall('an offer without a restart that is treated as a restart')),
    late,
  ],
  'an offer that crosses several local offers and is treated as stale': [
    inCall(composedCall('an offer that crosses several local offers and is treated as stale')),
    late,
  ],
  'a restart without a connected peer that is not repeated': [
    inCall(composedCall('a restart without a connected peer that is not repeated')),
    late,
  ],
  'an answer that is applied to another offer': [
    inCall(composedCall('an answer that is applied to another offer')),
    null,
  ],
  'candidates of an old generation that are stored for the next': [
    inCall(composedCall('candidates of an old generation that are stored for the next')),
    /a candidate has the ufrag/,
  ],
  'a candidate that is added with any ufrag': [
    inCall(composedCall('a candidate that is added with any ufrag')),
    /a candidate /,
  ],
  'a hangup that is sent after leaving': [
    inCall(composedCall('a hangup that is sent after leaving')),
    /sent after leaving/,
  ],
  'a token that does not rotate': [
    withReplaced(composedRoom('a token that does not rotate'), inSignaling({})),
    /joined|connected/,
  ],
  'an epoch that is not checked': [withReplaced(composedRoom('an epoch that is not checked'), inSignaling({})), null],
  'a visitor without a token who is admitted right after a crash': null,
  'a seat that is not reserved for the peer after a crash': null,
  'a third seat': [inSignaling({ Rooms: RoomsWithThirdSeat }), null],
  'two impolite peers': [inSignaling({ Rooms: RoomsWithImpoliteHolders }), /role/],
  'a room whose epochs start again': [inSignaling({ Store: StoreForgettingEpochs }), null],
  'a mailbox that drops messages': [
    withReplaced({ Mailbox: DroppingMailbox }, inSignaling({})),
    /without a resync|last message/,
  ],
  'a message that is accepted twice': [inOutbox(Outbox, ServerAcceptingTwice), /./],
  'an outbox that does not resend': [inOutbox(OutboxWithoutResend), /./],
}

describe('the interleavings find a fault of the composed model:', () => {
  test('the table has every fault', () => {
    expect(Object.keys(composed).sort()).toEqual(Object.keys(composedFaults).sort())
  })

  const runnable = Object.entries(composed).flatMap(([name, row]) => (row ? [[name, ...row] as const] : []))
  test.each(runnable)('%s', (_, search, why) => expectFound(search, why))
})

/** Delivers candidates before descriptions. */
const connectWithDelayedDescriptions: Connect = (parts) =>
  fromCallback<PeerConnectionCommand, PeerConnectionInput>(({ input, receive, sendBack }) => {
    const peer = new PeerConnection(parts, input, sendBack)
    receive((order) => {
      if (order.type === 'addCandidate') peer.execute(order)
      else void parts.waitForDevices().then(() => peer.execute(order))
    })
    return () => peer.close()
  })

/** Leaves connections open. */
const connectWithoutClose: Connect = (parts) =>
  fromCallback<PeerConnectionCommand, PeerConnectionInput>(({ input, receive, sendBack }) => {
    const peer = new PeerConnection(parts, input, sendBack)
    receive((order) => peer.execute(order))
  })

/** Returns before its command has run, so commands overlap. */
class OverlappingNegotiator extends Negotiator {
  override async execute(command: PeerConnectionCommand): Promise<void> {
    super.execute(command).catch(() => undefined)
  }
}

class PeerClosingLate extends PeerConnection {
  override close(): void {
    setTimeout(() => super.close(), 500)
  }
}

class PeerClosingTwice extends PeerConnection {
  override close(): void {
    super.close()
    super.close()
  }
}

class OutboxIgnoringClose extends Outbox {
  override close(): void {
    // Keeps sending on a closed socket.
  }
}

/** Counts one acknowledged message more: it never sends the first one that the server lacks. */
class OutboxCountingOneMore extends Outbox {
  override open({ acked, resumed }: { acked: number; resumed: boolean }, send: Send): void {
    super.open({ acked: acked + 1, resumed }, send)
  }
}

class OutboxSendingTwice extends Outbox {
  override open(seat: { acked: number; resumed: boolean }, send: Send): void {
    super.open(seat, (seq, message) => {
      void send(seq, message).catch(() => undefined)
      return send(seq, message)
    })
  }
}

/** Counts a message as acknowledged as soon as it is sent. */
class OutboxAcknowledgingEarly extends Outbox {
  override open(seat: { acked: number; resumed: boolean }, send: Send): void {
    super.open(seat, async (seq, message) => {
      void send(seq, message).catch(() => undefined)
      return seq
    })
  }
}

class ReporterWithoutRetry extends MediaStateReporter {
  constructor(send: ConstructorParameters<typeof MediaStateReporter>[0]) {
    super((mediaFlow) => send(mediaFlow).catch(() => undefined))
  }
}

/** Passes every event on as it arrives. */
class InboxWithoutOrder {
  readonly receive: (position: string, event: unknown) => void

  constructor({ onEvent }: { onEvent(position: string, event: unknown): void }) {
    this.receive = onEvent
  }

  close(): void {}
}

/** The name `pollStats` means the replacement while a fault is planted. */
const realPollStats = pollStats
const pollStatsForever: typeof pollStats = (...parts) => {
  realPollStats(...parts)
  return () => undefined
}

const openWithoutClosing = enqueueActions(({ enqueue }) =>
  enqueue.spawnChild('socket' as never, { id: 'socket', input: { room: 'den' } } as never),
) as never
const signalingWith = (change: object) => ({ machine: signalingMachine.provide(change) as typeof signalingMachine })

/** The actor keeps running after its stop. */
const socketActorIgnoringStop: typeof socketActor = (parts) => {
  const logic = socketActor(parts)
  return {
    ...logic,
    transition: (state, event, scope) =>
      (event.type as string) === 'xstate.stop'
        ? ({ ...state, status: 'stopped', error: undefined } as never)
        : logic.transition(state, event, scope),
  }
}

/** Faults of the code that the composed model replaces by values, and of the machines. */
const real: Record<string, [search: Search, why: RegExp | null]> = {
  'peer commands overlap': [withReplaced({ Negotiator: OverlappingNegotiator }, inPeer(PeerConnection)), /./],
  'candidates overtake descriptions': [
    inCall({ connect: connectWithDelayedDescriptions }),
    /a candidate arrived before its description/,
  ],
  'a connection stays open': [inCall({ connect: connectWithoutClose }), /open/],
  'a peer continues after its stop': [inPeer(PeerClosingLate), /after close|after the stop|closed once/],
  'a peer closes twice': [inPeer(PeerClosingTwice), /closed once/],
  'the stats are read after the stop': [
    withReplaced({ pollStats: pollStatsForever }, inPeer(PeerConnection)),
    /timers left|after the stop/,
  ],
  'the DTLS role changes after a restart': [
    withReplaced({ withDtlsRole: (sdp: string) => sdp }, inCall({})),
    /SSL role/,
  ],
  'a new connection is treated as the old one': [
    inCall({ machine: callMachine.provide({ guards: { isNewConnection: () => false } }) as typeof callMachine }),
    /./,
  ],
  'the outbox sends on a closed socket': [inOutbox(OutboxIgnoringClose), /closed socket/],
  'the outbox counts one acknowledged message more': [inOutbox(OutboxCountingOneMore), /./],
  'the outbox sends every message twice': [inOutbox(OutboxSendingTwice), /without a reason/],
  'the outbox acknowledges a message when it is sent': [inOutbox(OutboxAcknowledgingEarly), /./],
  'a media report is not sent again': [
    withReplaced({ MediaStateReporter: ReporterWithoutRetry }, inSignaling({})),
    null,
  ],
  'the inbox accepts events in any order': [withReplaced({ Inbox: InboxWithoutOrder }, inSignaling({})), null],
  'the old socket is not abandoned': [
    inSignaling(signalingWith({ actions: { openSocket: openWithoutClosing, closeSocket: () => undefined } })),
    /sockets live/,
  ],
  'the position in the mailbox is forgotten': [
    inSignaling(signalingWith({ actions: { setPosition: () => undefined } })),
    /messages: once each|position/,
  ],
  'the page does not reconnect': [inSignaling(signalingWith({ delays: { backoff: 100_000_000 } })), /joined|connected/],
  'media is not reported': [inSignaling(signalingWith({ actions: { reportMedia: () => undefined } })), /reported/],
  'the socket actor cannot be stopped': [inSignaling({ createSocketActor: socketActorIgnoringStop }), /live/],
}

describe('the interleavings find a fault of the real code:', () => {
  test.each(Object.entries(real).map(([name, row]) => [name, ...row] as const))('%s', (_, search, why) =>
    expectFound(search, why),
  )
})

test('README.md has the same results', async () => {
  const text = await readFile(new URL('README.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| ([^|]+?) +\| [^|]+ \| (yes|no|absent)\b/gm)]
  const results = Object.entries({ ...composed, ...real }).map(([name, row]) => [
    name,
    row === null ? 'absent' : row[1] === null ? 'no' : 'yes',
  ])
  expect(rows.map(([, name, result]) => [name, result])).toEqual(results)
})

/**
 * A fault that is newly found or newly missed fails. An unrelated change may move the run that finds a fault, so there is
 * room for four times as many.
 */
async function expectFound(search: Search, why: RegExp | null): Promise<void> {
  const found = await search(why === null ? 1 : 4)
  if (why === null) expect(found).toBeNull()
  else expect(found?.why).toMatch(why)
}
