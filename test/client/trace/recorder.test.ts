import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createActor, fromCallback, SimulatedClock } from 'xstate'
import {
  helloTimeoutMs,
  type TabMessage,
  broadcastTrace,
  traceChannelName,
} from '../../../client/trace/tabBroadcast.ts'
import { Recorder } from '../../../client/trace/recorder.ts'
import { RemoteTrace } from '../../../client/trace/remoteTrace.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import type {
  PeerConnectionEvent,
  PeerConnectionInput,
  PeerConnectionCommand,
} from '../../../machines/call/callEvents.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import type { SocketEvent, SocketCommand } from '../../../machines/signaling/signalingEvents.ts'
import { statusBannerMachine } from '../../../machines/status/statusBannerMachine.ts'
import { qualityMachine, type QualitySample, samplesToWorsen } from '../../../machines/status/qualityMachine.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { parseTrace, formatTrace } from '../../../machines/protocol/trace/traceFile.ts'
import type { TraceEntry } from '../../../machines/protocol/traceEntry.ts'
import { membershipMachine } from '../../../machines/membership/membershipMachine.ts'
import type { Message, PeerMessage } from '../../../machines/protocol/messages.ts'
import { deadlineMs } from '../../deadline.ts'

const createEntry = (n: number, place: TraceEntry['place'] = 'here'): TraceEntry => ({
  atMs: n,
  place,
  machine: 'call',
  event: 'transport.connected',
  fields: { epoch: n },
  state: 'connected.flowing',
})
const numbers = (entries: readonly TraceEntry[]): unknown[] => entries.map(({ fields }) => fields.epoch)

const nothingAmiss: QualitySample = {
  inboundLossRatio: 0,
  outboundLossRatio: 0,
  roundTripMs: 20,
  jitterMs: 1,
  freezeRatio: 0,
  uplinkShortfall: 0,
}

describe('recorder', () => {
  test('events and resulting states of a machine are recorded, but not those of its children', async () => {
    let now = 5_000
    const recorder = new Recorder(() => now)
    const peerConnection = fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(
      ({ receive, sendBack }) =>
        receive(() => sendBack({ type: 'offer.created', connection: 'a1.1', negotiation: 1, sdp: 'v=0 canary' })),
    )
    const actor = createActor(callMachine.provide({ actors: { peerConnection } }), {
      inspect: recorder.inspect('call'),
    }).start()
    now += 20
    actor.send({ type: 'join.accepted', seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false })
    await Promise.resolve()
    expect(recorder.entries.map(({ atMs, event, state, fields }) => [atMs, event, state, fields])).toEqual([
      [0, 'xstate.init', 'idle', {}],
      [
        20,
        'join.accepted',
        'offering.creatingOffer',
        { seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false },
      ],
      [20, 'offer.created', 'offering.waitingForPeer', { connection: 'a1.1', negotiation: 1 }],
    ])
    actor.stop()
  })

  test('the newest 500 entries are kept, and all are counted', () => {
    const recorder = new Recorder()
    for (let n = 1; n <= 510; n++) recorder.add(createEntry(n))
    expect([recorder.entries.length, recorder.entries[0]?.fields.epoch]).toEqual([500, 11])
    expect(recorder.entriesAfter(508)).toEqual({ entries: [createEntry(509), createEntry(510)], count: 510 })
    expect(recorder.entriesAfter(3).entries).toHaveLength(500)
  })

  test('the trace is sorted by time, not by arrival', () => {
    const recorder = new Recorder()
    for (const n of [5, 9, 7]) recorder.add(createEntry(n))
    recorder.add({ ...createEntry(10), atMs: 7 })
    expect(numbers(recorder.trace.entries)).toEqual([5, 7, 10, 9])
  })

  test('subscribers get each entry until they unsubscribe', () => {
    const recorder = new Recorder()
    const received: unknown[] = []
    const stop = recorder.subscribe(({ fields }) => received.push(fields.epoch))
    recorder.add(createEntry(1))
    stop()
    recorder.add(createEntry(2))
    expect(received).toEqual([1])
  })

  test('events about traces are not recorded', async () => {
    const recorder = new Recorder()
    let tell: (fact: SocketEvent) => void = () => undefined
    const socket = fromCallback<SocketCommand, { room: string }, SocketEvent>(({ sendBack }) => {
      tell = sendBack
    })
    const actor = createActor(signalingMachine.provide({ actors: { socket } }), {
      input: { room: 'den' },
      inspect: recorder.inspect('signaling'),
    }).start()
    actor.send({ type: 'page.opened' })
    await Promise.resolve()
    const before = recorder.entries.length
    tell({
      type: 'event.received',
      position: 'x.1',
      roomEvent: { type: 'room.trace', entry: createEntry(1, 'server') },
    })
    tell({
      type: 'event.received',
      position: 'x.1',
      roomEvent: { type: 'message', message: { type: 'trace.entries', sentAtMs: 1, entries: [createEntry(1)] } },
    })
    tell({
      type: 'event.received',
      position: 'x.1',
      roomEvent: { type: 'message', message: { type: 'trace.subscribe', enabled: true, fromStart: true } },
    })
    await Promise.resolve()
    expect(recorder.entries).toHaveLength(before)
    tell({ type: 'event.received', position: 'x.2', roomEvent: { type: 'ready' } })
    await Promise.resolve()
    expect(recorder.entries).toHaveLength(before + 1)
    actor.stop()
  })

  test('samples that change no state are not recorded', async () => {
    const recorder = new Recorder()
    const actor = createActor(qualityMachine, { inspect: recorder.inspect('quality') }).start()
    const take = async (roundTripMs: number, samples: number) => {
      for (let n = 0; n < samples; n++) {
        actor.send({ type: 'sample.taken', sample: { ...nothingAmiss, roundTripMs } })
        await Promise.resolve()
      }
    }
    await take(20, 600)
    await take(900, samplesToWorsen)
    actor.send({ type: 'transport.lost' })
    actor.send({ type: 'transport.lost' })
    await take(20, samplesToWorsen)
    // Several samples at once count like successive ones.
    for (let n = 0; n < samplesToWorsen + 2; n++)
      actor.send({ type: 'sample.taken', sample: { ...nothingAmiss, roundTripMs: 900 } })
    await Promise.resolve()
    expect(recorder.entries.map(({ event, state, fields }) => [event, state, fields])).toEqual([
      ['xstate.init', 'unknown', {}],
      ['sample.taken', 'good', {}],
      ['sample.taken', 'poor', {}],
      ['transport.lost', 'unknown', {}],
      ['transport.lost', 'unknown', {}],
      ['sample.taken', 'good', {}],
      ['sample.taken', 'poor', {}],
    ])
    actor.stop()
  })

  test('a prepared connection that waits for the server to become direct fills no trace', async () => {
    const recorder = new Recorder()
    const clock = new SimulatedClock()
    const peerConnection = fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(
      () => undefined,
    )
    const machine = callMachine.provide({ actors: { peerConnection } })
    const actor = createActor(machine, { clock, inspect: recorder.inspect('call') }).start()
    const prepared = { connection: 'a7.0', remoteUfrag: 'ufrag' }
    actor.send({
      type: 'join.accepted',
      seat: 'a',
      role: 'polite',
      epoch: 1,
      peer: 'connected',
      resumed: false,
      prepared,
    })
    actor.send({ type: 'signaling.lost' })
    await Promise.resolve()
    const before = recorder.entries.length
    for (let n = 0; n < 600; n++) {
      clock.increment(timeouts.directDelayMs)
      await Promise.resolve()
    }
    expect(recorder.entries).toHaveLength(before)
    actor.send({ type: 'join.accepted', seat: 'a', role: 'polite', epoch: 1, peer: 'connected', resumed: true })
    clock.increment(timeouts.directDelayMs)
    await Promise.resolve()
    expect(recorder.entries.at(-1)).toMatchObject({ event: 'after.directDelay', state: 'connected.restartingIce' })
    actor.stop()
  })

  test('the state of a parallel machine contains every region', async () => {
    const recorder = new Recorder()
    const clock = new SimulatedClock()
    const actor = createActor(statusBannerMachine, { clock, inspect: recorder.inspect('statusBanner') }).start()
    actor.send({ type: 'signaling.lost' })
    await Promise.resolve()
    clock.increment(timeouts.signalingBannerDelayMs)
    await Promise.resolve()
    expect(recorder.entries.map(({ event, state }) => [event, state])).toEqual([
      ['xstate.init', 'transport.hidden, peer.hidden, signaling.hidden'],
      ['signaling.lost', 'transport.hidden, peer.hidden, signaling.pending'],
      ['after.signalingBannerDelay', 'transport.hidden, peer.hidden, signaling.shown'],
    ])
    actor.stop()
  })

  test('causes are recorded before their effects', async () => {
    const recorder = new Recorder()
    const second = createActor(membershipMachine, { inspect: recorder.inspect('membership') }).start()
    const socket = fromCallback<SocketCommand, { room: string }, SocketEvent>(({ sendBack }) =>
      sendBack({ type: 'socket.closed', random: 0 }),
    )
    const first = createActor(signalingMachine.provide({ actors: { socket } }), {
      input: { room: 'den' },
      inspect: recorder.inspect('signaling'),
    })
    first.subscribe(({ value }) => {
      if (value === 'backoff') second.send({ type: 'user.joined' })
    })
    first.start()
    first.send({ type: 'page.opened' })
    await Promise.resolve()
    expect(recorder.entries.map(({ event }) => event)).toEqual([
      'xstate.init',
      'xstate.init',
      'page.opened',
      'socket.closed',
      'user.joined',
    ])
    // The socket is not a machine of its own.
    expect(recorder.entries.map((entry) => recorder.sourceOf(entry))).toEqual([null, null, null, null, 'signaling'])
    first.stop()
  })
})

test('record adds an entry with the current state of the machine, which parseTrace accepts', () => {
  const recorder = new Recorder(() => 5)
  recorder.record('call', 'candidate.rejected')
  expect(recorder.entries).toEqual([
    { atMs: 0, place: 'here', machine: 'call', event: 'candidate.rejected', fields: {}, state: 'unknown' },
  ])
  expect(parseTrace(formatTrace(recorder.trace)).entries).toHaveLength(1)
})

const emptyCandidate = { candidate: '', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null }

describe('remote trace', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function start() {
    let now = 0
    const sent: PeerMessage[] = []
    const outbox = { size: 0, send: (message: PeerMessage) => void sent.push(message) }
    const recorder = new Recorder(() => now)
    const call = { isUp: true }
    const shown: boolean[] = []
    const watch = new RemoteTrace({
      recorder,
      outbox,
      canShare: () => call.isUp,
      onSharingChange: (isShared) => void shown.push(isShared),
    })
    const traces = (): Message<'trace.entries'>[] => sent.filter((each) => each.type === 'trace.entries')
    return {
      sent,
      outbox,
      recorder,
      watch,
      traces,
      call,
      shown,
      at: (time: number) => {
        now = time
      },
    }
  }

  test('the trace is requested only with a subscriber and a peer, and past entries only once', () => {
    const { watch, sent } = start()
    const stop = watch.subscribe()
    expect(sent).toEqual([])
    watch.peerConnected()
    watch.peerDisconnected(false)
    watch.peerConnected()
    const stopToo = watch.subscribe()
    stop()
    stop()
    expect(sent.map((each) => each.type === 'trace.subscribe' && [each.enabled, each.fromStart])).toEqual([
      [true, true],
      [true, false],
    ])
    stopToo()
    expect(sent.at(-1)).toEqual({ type: 'trace.subscribe', enabled: false, fromStart: false })
    watch.peerDisconnected(true)
    watch.subscribe()
    watch.peerConnected()
    expect(sent.at(-1)).toEqual({ type: 'trace.subscribe', enabled: true, fromStart: true })
  })

  test('a relayed message becomes an entry of the server, in the last state of the room', () => {
    const { watch, recorder, at } = start()
    watch.addServerEntry({ ...createEntry(1, 'server'), machine: 'room', event: 'visitor.joined', state: 'ready' })
    at(40)
    watch.addRelayedMessage({ type: 'candidate', connection: 'a1.1', candidate: emptyCandidate }, 'b')
    watch.addRelayedMessage({ type: 'trace.subscribe', enabled: true, fromStart: true }, 'b')
    expect(recorder.entries.slice(1)).toEqual([
      {
        atMs: 40,
        place: 'server',
        machine: 'room',
        event: 'candidate.relayed',
        fields: { seat: 'b', connection: 'a1.1' },
        state: 'ready',
      },
    ])
  })

  test('past and new entries of this page are sent in batches', () => {
    const { watch, recorder, traces, at } = start()
    for (let n = 1; n <= limits.traceEntriesPerMessage + 5; n++) recorder.add(createEntry(n))
    recorder.add(createEntry(0, 'there'))
    recorder.add(createEntry(0, 'server'))
    at(70)
    watch.onSubscribe({ type: 'trace.subscribe', enabled: true, fromStart: true })
    expect(traces()).toEqual([])
    vi.advanceTimersByTime(250)
    expect(traces().map(({ entries }) => entries.length)).toEqual([limits.traceEntriesPerMessage])
    expect(traces()[0]?.sentAtMs).toBe(70)
    vi.advanceTimersByTime(250)
    expect(numbers(traces().flatMap(({ entries }) => entries))).toEqual(
      Array.from({ length: limits.traceEntriesPerMessage + 5 }, (_, index) => index + 1),
    )
    recorder.add(createEntry(100))
    recorder.add(createEntry(101))
    vi.advanceTimersByTime(10_000)
    expect(numbers(traces().at(-1)?.entries ?? [])).toEqual([100, 101])
    expect(traces()).toHaveLength(3)
  })

  test('a batch waits for an empty outbox, and old entries are dropped meanwhile', () => {
    const { watch, recorder, traces, outbox } = start()
    watch.onSubscribe({ type: 'trace.subscribe', enabled: true, fromStart: true })
    outbox.size = 1
    for (let n = 1; n <= 600; n++) recorder.add(createEntry(n))
    vi.advanceTimersByTime(60_000)
    expect(traces()).toEqual([])
    outbox.size = 0
    vi.advanceTimersByTime(60_000)
    expect(numbers(traces().flatMap(({ entries }) => entries))).toEqual(
      Array.from({ length: 500 }, (_, index) => index + 101),
    )
  })

  test('the trace uses at most 4 of the 10 messages per second that the server allows', () => {
    const { watch, recorder, traces } = start()
    watch.onSubscribe({ type: 'trace.subscribe', enabled: true, fromStart: true })
    for (let tick = 0; tick < 1_000; tick++) {
      for (let n = 0; n < 30; n++) recorder.add(createEntry(n))
      vi.advanceTimersByTime(10)
    }
    expect(traces().length).toBeGreaterThan(30)
    expect(traces().length).toBeLessThanOrEqual(40)
  })

  test('entries with a time in the future get the time of their message, and the saved trace is valid', () => {
    const { watch, recorder, at } = start()
    watch.subscribe()
    at(100)
    const send = (sentAtMs: number, atMs: number) =>
      watch.addRemoteEntries({ type: 'trace.entries', sentAtMs, entries: [createEntry(atMs)] })
    send(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    at(200)
    send(50, 40)
    send(Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER)
    expect(recorder.entries.map(({ atMs }) => atMs)).toEqual([100, 190, 190])
    expect(parseTrace(formatTrace(recorder.trace)).entries).toHaveLength(3)
  })

  test('sharing ends when the peer unsubscribes or disconnects', () => {
    const { watch, recorder, traces } = start()
    watch.onSubscribe({ type: 'trace.subscribe', enabled: true, fromStart: true })
    watch.onSubscribe({ type: 'trace.subscribe', enabled: false, fromStart: false })
    recorder.add(createEntry(1))
    vi.advanceTimersByTime(1_000)
    watch.onSubscribe({ type: 'trace.subscribe', enabled: true, fromStart: false })
    watch.peerDisconnected(false)
    recorder.add(createEntry(2))
    vi.advanceTimersByTime(1_000)
    expect(traces()).toEqual([])
    watch.onSubscribe({ type: 'trace.subscribe', enabled: true, fromStart: false })
    vi.advanceTimersByTime(1_000)
    expect(numbers(traces().flatMap(({ entries }) => entries))).toEqual([1, 2])
  })

  test('the trace is shared only in a call, and the page shows that it is shared', () => {
    const { watch, recorder, traces, call, shown } = start()
    call.isUp = false
    recorder.add(createEntry(1))
    watch.onSubscribe({ type: 'trace.subscribe', enabled: true, fromStart: true })
    recorder.add(createEntry(2))
    vi.advanceTimersByTime(60_000)
    expect([traces(), shown]).toEqual([[], []])
    call.isUp = true
    recorder.add(createEntry(3))
    vi.advanceTimersByTime(1_000)
    expect([numbers(traces().flatMap(({ entries }) => entries)), shown]).toEqual([[1, 2, 3], [true]])
    watch.onSubscribe({ type: 'trace.subscribe', enabled: false, fromStart: false })
    expect(shown).toEqual([true, false])
  })

  test('a new peer gets no entries from the time of the previous one', () => {
    const { watch, recorder, traces, shown } = start()
    recorder.add(createEntry(1))
    watch.peerDisconnected(true)
    recorder.add(createEntry(2))
    watch.onSubscribe({ type: 'trace.subscribe', enabled: true, fromStart: true })
    vi.advanceTimersByTime(1_000)
    expect(numbers(traces().flatMap(({ entries }) => entries))).toEqual([2])
    watch.peerDisconnected(false)
    expect(shown).toEqual([true, false])
  })

  test('remote entries above the rate limit are dropped', () => {
    const { watch, recorder } = start()
    watch.subscribe()
    recorder.add(createEntry(1))
    for (let n = 0; n < 100; n++)
      watch.addRemoteEntries({
        type: 'trace.entries',
        sentAtMs: n,
        entries: Array.from({ length: limits.traceEntriesPerMessage }, () => createEntry(n)),
      })
    expect(recorder.entriesAfter(0).count).toBeLessThanOrEqual(601)
  })

  test('entries in flight when the last subscription ends are added, later ones are not', () => {
    const { watch, recorder, at } = start()
    const stop = watch.subscribe()
    at(1_000)
    stop()
    watch.addRemoteEntries({ type: 'trace.entries', sentAtMs: 1, entries: [createEntry(1)] })
    at(6_000)
    watch.addRemoteEntries({ type: 'trace.entries', sentAtMs: 2, entries: [createEntry(2)] })
    expect(numbers(recorder.trace.entries)).toEqual([1])
  })

  test('remote entries are put on the local clock by the smallest offset', () => {
    const { watch, recorder, at } = start()
    watch.addRemoteEntries({ type: 'trace.entries', sentAtMs: 1, entries: [createEntry(1)] })
    expect(recorder.entries).toEqual([])
    watch.subscribe()
    at(10_000)
    watch.addRemoteEntries({ type: 'trace.entries', sentAtMs: 500, entries: [createEntry(100), createEntry(400)] })
    at(11_000)
    watch.addRemoteEntries({ type: 'trace.entries', sentAtMs: 900, entries: [createEntry(800)] })
    watch.addServerEntry(createEntry(0, 'server'))
    expect(recorder.entries.map((each) => [each.place, each.atMs])).toEqual([
      ['there', 9_600],
      ['there', 9_900],
      ['there', 10_300],
      ['server', 11_000],
    ])
  })

  test('remote entries keep their order when the offset improves', () => {
    const { watch, recorder, at } = start()
    watch.subscribe()
    at(10_000)
    watch.addRemoteEntries({ type: 'trace.entries', sentAtMs: 500, entries: [createEntry(400)] })
    at(10_100)
    watch.addRemoteEntries({ type: 'trace.entries', sentAtMs: 1_100, entries: [createEntry(410)] })
    expect(numbers(recorder.trace.entries)).toEqual([400, 410])
  })

  test('a reloaded page of the peer gets a new clock offset', () => {
    const { watch, recorder, at } = start()
    watch.subscribe()
    watch.addRemoteEntries({ type: 'trace.entries', sentAtMs: 60_000, entries: [createEntry(60_000)] })
    at(70_000)
    watch.peerDisconnected(false)
    watch.peerConnected(true)
    watch.addRemoteEntries({ type: 'trace.entries', sentAtMs: 300, entries: [createEntry(200)] })
    expect(recorder.entries.at(-1)?.atMs).toBe(69_900)
  })
})

describe('another tab of this browser', () => {
  test('a tab that sends hello gets all entries, and the remote subscription lasts while hello repeats', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const recorder = new Recorder()
    const [began, ended] = [vi.fn(), vi.fn()]
    const tab = new BroadcastChannel(traceChannelName)
    const received: TabMessage[] = []
    tab.onmessage = ({ data }) => received.push(data as TabMessage)
    const stop = broadcastTrace(recorder, () => {
      began()
      return ended
    })
    recorder.add(createEntry(1))
    try {
      await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: deadlineMs })
      tab.postMessage({ type: 'hello' })
      await vi.waitFor(
        () => expect(received[1]).toMatchObject({ type: 'trace', trace: { version: 1, entries: [createEntry(1)] } }),
        { timeout: deadlineMs },
      )
      recorder.add(createEntry(2))
      await vi.waitFor(() => expect(received[2]).toMatchObject({ type: 'entry', entry: createEntry(2) }), {
        timeout: deadlineMs,
      })
      expect([began.mock.calls.length, ended.mock.calls.length]).toEqual([1, 0])
      vi.advanceTimersByTime(helloTimeoutMs + 1)
      expect([began.mock.calls.length, ended.mock.calls.length]).toEqual([1, 1])
    } finally {
      stop()
      tab.close()
      vi.useRealTimers()
    }
  })
})
