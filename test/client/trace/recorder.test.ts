import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createActor, fromCallback, SimulatedClock } from 'xstate'
import { attention, type Broadcast, broadcast, channelName } from '../../../client/trace/tabBroadcast.ts'
import { Recorder } from '../../../client/trace/recorder.ts'
import { Watch } from '../../../client/trace/remoteTrace.ts'
import { call } from '../../../machines/call/callMachine.ts'
import type { ConnectionFact, ConnectionInput, ConnectionOrder } from '../../../machines/call/callEvents.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import { link } from '../../../machines/signaling/signalingMachine.ts'
import type { SocketFact, SocketOrder } from '../../../machines/signaling/signalingEvents.ts'
import { notice } from '../../../machines/status/statusBannerMachine.ts'
import { quality, type Sample, worseSamples } from '../../../machines/status/qualityMachine.ts'
import { timers } from '../../../machines/protocol/timeouts.ts'
import { readTrace, traceText } from '../../../machines/protocol/trace/traceFile.ts'
import type { TraceLine } from '../../../machines/protocol/traceLine.ts'
import { visit } from '../../../machines/membership/membershipMachine.ts'
import type { Message, PeerMessage } from '../../../machines/protocol/messages.ts'
import { deadlineMs } from '../../deadline.ts'

const line = (n: number, place: TraceLine['place'] = 'here'): TraceLine =>
  ({ at: n, place, machine: 'call', event: 'path.opened', facts: { epoch: n }, state: 'connected.flowing' })
const numbers = (lines: readonly TraceLine[]): unknown[] => lines.map(({ facts }) => facts.epoch)

const nothingAmiss: Sample = { lossIn: 0, lossOut: 0, roundTrip: 20, jitter: 1, frozen: 0, squeeze: 0 }

describe('a recorder', () => {
  test('writes down what a machine was told and where it came, not what its children were', async () => {
    let now = 5_000
    const recorder = new Recorder(() => now)
    const connection = fromCallback<ConnectionOrder, ConnectionInput, ConnectionFact>(({ receive, sendBack }) =>
      receive(() => sendBack({ type: 'offer.made', connection: 'a1.1', negotiation: 1, sdp: 'v=0 canary' })))
    const actor = createActor(call.provide({ actors: { connection } }), { inspect: recorder.inspect('call') }).start()
    now += 20
    actor.send({ type: 'seat.given', seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false })
    await Promise.resolve()
    expect(recorder.lines.map(({ at, event, state, facts }) => [at, event, state, facts])).toEqual([
      [0, 'xstate.init', 'idle', {}],
      [20, 'seat.given', 'offering.making', { seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false }],
      [20, 'offer.made', 'offering.waiting', { connection: 'a1.1', negotiation: 1 }],
    ])
    actor.stop()
  })

  test('keeps the newest 500, and knows how many there were', () => {
    const recorder = new Recorder()
    for (let n = 1; n <= 510; n++) recorder.add(line(n))
    expect([recorder.lines.length, recorder.lines[0]?.facts.epoch]).toEqual([500, 11])
    expect(recorder.after(508)).toEqual({ lines: [line(509), line(510)], count: 510 })
    expect(recorder.after(3).lines).toHaveLength(500)
  })

  test('has its lines in the order in which they happened, whenever they were told', () => {
    const recorder = new Recorder()
    for (const n of [5, 9, 7]) recorder.add(line(n))
    recorder.add({ ...line(10), at: 7 })
    expect(numbers(recorder.trace.lines)).toEqual([5, 7, 10, 9])
  })

  test('tells each line to who subscribed, until they have had enough', () => {
    const recorder = new Recorder()
    const heard: unknown[] = []
    const stop = recorder.subscribe(({ facts }) => heard.push(facts.epoch))
    recorder.add(line(1))
    stop()
    recorder.add(line(2))
    expect(heard).toEqual([1])
  })

  test('says nothing of what is about traces, which would never end', async () => {
    const recorder = new Recorder()
    let tell: (fact: SocketFact) => void = () => undefined
    const socket = fromCallback<SocketOrder, { room: string }, SocketFact>(({ sendBack }) => { tell = sendBack })
    const actor = createActor(link.provide({ actors: { socket } }), { input: { room: 'den' }, inspect: recorder.inspect('link') }).start()
    actor.send({ type: 'page.opened' })
    await Promise.resolve()
    const before = recorder.lines.length
    tell({ type: 'news.read', position: 'x.1', news: { type: 'log', line: line(1, 'server') } })
    tell({ type: 'news.read', position: 'x.1', news: { type: 'message', message: { type: 'trace', at: 1, lines: [line(1)] } } })
    tell({ type: 'news.read', position: 'x.1', news: { type: 'message', message: { type: 'watch', on: true, anew: true } } })
    await Promise.resolve()
    expect(recorder.lines).toHaveLength(before)
    tell({ type: 'news.read', position: 'x.2', news: { type: 'ready' } })
    await Promise.resolve()
    expect(recorder.lines).toHaveLength(before + 1)
    actor.stop()
  })

  test('keeps no second in which nothing changed, however many there are', async () => {
    const recorder = new Recorder()
    const actor = createActor(quality, { inspect: recorder.inspect('quality') }).start()
    const take = async (roundTrip: number, samples: number) => {
      for (let n = 0; n < samples; n++) {
        actor.send({ type: 'sample.taken', sample: { ...nothingAmiss, roundTrip } })
        await Promise.resolve()
      }
    }
    await take(20, 600)
    await take(900, worseSamples)
    actor.send({ type: 'path.lost' })
    actor.send({ type: 'path.lost' })
    await take(20, worseSamples)
    // Several at once are no less than one after the other.
    for (let n = 0; n < worseSamples + 2; n++) actor.send({ type: 'sample.taken', sample: { ...nothingAmiss, roundTrip: 900 } })
    await Promise.resolve()
    expect(recorder.lines.map(({ event, state, facts }) => [event, state, facts])).toEqual([
      ['xstate.init', 'unknown', {}], ['sample.taken', 'good', {}], ['sample.taken', 'poor', {}],
      ['path.lost', 'unknown', {}], ['path.lost', 'unknown', {}], ['sample.taken', 'good', {}], ['sample.taken', 'poor', {}],
    ])
    actor.stop()
  })

  test('names every part of a machine that is in several states at once', async () => {
    const recorder = new Recorder()
    const clock = new SimulatedClock()
    const actor = createActor(notice, { clock, inspect: recorder.inspect('notice') }).start()
    actor.send({ type: 'link.lost' })
    await Promise.resolve()
    clock.increment(timers.linkShown)
    await Promise.resolve()
    expect(recorder.lines.map(({ event, state }) => [event, state])).toEqual([
      ['xstate.init', 'path.fine, peer.fine, link.fine'], ['link.lost', 'path.fine, peer.fine, link.doubted'],
      ['after.linkShown', 'path.fine, peer.fine, link.told'],
    ])
    actor.stop()
  })

  test('writes causes before what follows from them', async () => {
    const recorder = new Recorder()
    const second = createActor(visit, { inspect: recorder.inspect('visit') }).start()
    const socket = fromCallback<SocketOrder, { room: string }, SocketFact>(({ sendBack }) => sendBack({ type: 'socket.closed', chance: 0 }))
    const first = createActor(link.provide({ actors: { socket } }), { input: { room: 'den' }, inspect: recorder.inspect('link') })
    first.subscribe(({ value }) => { if (value === 'waiting') second.send({ type: 'user.joined' }) })
    first.start()
    first.send({ type: 'page.opened' })
    await Promise.resolve()
    expect(recorder.lines.map(({ event }) => event)).toEqual(['xstate.init', 'xstate.init', 'page.opened', 'socket.closed', 'user.joined'])
    first.stop()
  })
})

test('a note about a machine is a line in the state where that is, and can be read again', () => {
  const recorder = new Recorder(() => 5)
  recorder.note('call', 'candidate.refused')
  expect(recorder.lines).toEqual([{ at: 0, place: 'here', machine: 'call', event: 'candidate.refused', facts: {}, state: 'unknown' }])
  expect(readTrace(traceText(recorder.trace)).lines).toHaveLength(1)
})

describe('watching', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function start() {
    let now = 0
    const said: PeerMessage[] = []
    const outbox = { size: 0, say: (message: PeerMessage) => void said.push(message) }
    const recorder = new Recorder(() => now)
    const call = { isUp: true }
    const shown: boolean[] = []
    const watch = new Watch({ recorder, outbox, mayTell: () => call.isUp, told: (isTold) => void shown.push(isTold) })
    const traces = (): Message<'trace'>[] => said.filter((each) => each.type === 'trace')
    return { said, outbox, recorder, watch, traces, call, shown, at: (time: number) => { now = time } }
  }

  test('is asked for only while somebody looks and somebody is there, the past only once', () => {
    const { watch, said } = start()
    const stop = watch.look()
    expect(said).toEqual([])
    watch.meet()
    watch.part(false)
    watch.meet()
    const stopToo = watch.look()
    stop()
    stop()
    expect(said.map((each) => each.type === 'watch' && [each.on, each.anew])).toEqual([[true, true], [true, false]])
    stopToo()
    expect(said.at(-1)).toEqual({ type: 'watch', on: false, anew: false })
    watch.part(true)
    watch.look()
    watch.meet()
    expect(said.at(-1)).toEqual({ type: 'watch', on: true, anew: true })
  })

  test('tells in batches what is past, then what comes, of this page only', () => {
    const { watch, recorder, traces, at } = start()
    for (let n = 1; n <= limits.traceLines + 5; n++) recorder.add(line(n))
    recorder.add(line(0, 'there'))
    recorder.add(line(0, 'server'))
    at(70)
    watch.heed({ type: 'watch', on: true, anew: true })
    expect(traces()).toEqual([])
    vi.advanceTimersByTime(250)
    expect(traces().map(({ lines }) => lines.length)).toEqual([limits.traceLines])
    expect(traces()[0]?.at).toBe(70)
    vi.advanceTimersByTime(250)
    expect(numbers(traces().flatMap(({ lines }) => lines))).toEqual(Array.from({ length: limits.traceLines + 5 }, (_, index) => index + 1))
    recorder.add(line(100))
    recorder.add(line(101))
    vi.advanceTimersByTime(10_000)
    expect(numbers(traces().at(-1)?.lines ?? [])).toEqual([100, 101])
    expect(traces()).toHaveLength(3)
  })

  test('waits behind whatever is on its way to the server, and drops what is too old by then', () => {
    const { watch, recorder, traces, outbox } = start()
    watch.heed({ type: 'watch', on: true, anew: true })
    outbox.size = 1
    for (let n = 1; n <= 600; n++) recorder.add(line(n))
    vi.advanceTimersByTime(60_000)
    expect(traces()).toEqual([])
    outbox.size = 0
    vi.advanceTimersByTime(60_000)
    expect(numbers(traces().flatMap(({ lines }) => lines))).toEqual(Array.from({ length: 500 }, (_, index) => index + 101))
  })

  test('takes at most four messages a second, of the ten that the server allows', () => {
    const { watch, recorder, traces } = start()
    watch.heed({ type: 'watch', on: true, anew: true })
    for (let tick = 0; tick < 1_000; tick++) {
      for (let n = 0; n < 30; n++) recorder.add(line(n))
      vi.advanceTimersByTime(10)
    }
    expect(traces().length).toBeGreaterThan(30)
    expect(traces().length).toBeLessThanOrEqual(40)
  })

  test('ends when the other side says so, or is gone', () => {
    const { watch, recorder, traces } = start()
    watch.heed({ type: 'watch', on: true, anew: true })
    watch.heed({ type: 'watch', on: false, anew: false })
    recorder.add(line(1))
    vi.advanceTimersByTime(1_000)
    watch.heed({ type: 'watch', on: true, anew: false })
    watch.part(false)
    recorder.add(line(2))
    vi.advanceTimersByTime(1_000)
    expect(traces()).toEqual([])
    watch.heed({ type: 'watch', on: true, anew: false })
    vi.advanceTimersByTime(1_000)
    expect(numbers(traces().flatMap(({ lines }) => lines))).toEqual([1, 2])
  })

  test('tells a stranger nothing before there is a call, and shows this person that the other side looks', () => {
    const { watch, recorder, traces, call, shown } = start()
    call.isUp = false
    recorder.add(line(1))
    watch.heed({ type: 'watch', on: true, anew: true })
    recorder.add(line(2))
    vi.advanceTimersByTime(60_000)
    expect([traces(), shown]).toEqual([[], []])
    call.isUp = true
    recorder.add(line(3))
    vi.advanceTimersByTime(1_000)
    expect([numbers(traces().flatMap(({ lines }) => lines)), shown]).toEqual([[1, 2, 3], [true]])
    watch.heed({ type: 'watch', on: false, anew: false })
    expect(shown).toEqual([true, false])
  })

  test('tells the next person nothing of the one before', () => {
    const { watch, recorder, traces, shown } = start()
    recorder.add(line(1))
    watch.part(true)
    recorder.add(line(2))
    watch.heed({ type: 'watch', on: true, anew: true })
    vi.advanceTimersByTime(1_000)
    expect(numbers(traces().flatMap(({ lines }) => lines))).toEqual([2])
    watch.part(false)
    expect(shown).toEqual([true, false])
  })

  test('takes no more of their lines than an honest page sends, so that they do not push ours out', () => {
    const { watch, recorder } = start()
    watch.look()
    recorder.add(line(1))
    for (let n = 0; n < 100; n++) watch.read({ type: 'trace', at: n, lines: Array.from({ length: limits.traceLines }, () => line(n)) })
    expect(recorder.after(0).count).toBeLessThanOrEqual(601)
  })

  test('puts what comes on the clock of this page, by the shortest way that it took', () => {
    const { watch, recorder, at } = start()
    watch.read({ type: 'trace', at: 1, lines: [line(1)] })
    expect(recorder.lines).toEqual([])
    watch.look()
    at(10_000)
    watch.read({ type: 'trace', at: 500, lines: [line(100), line(400)] })
    at(11_000)
    watch.read({ type: 'trace', at: 900, lines: [line(800)] })
    watch.hear(line(0, 'server'))
    expect(recorder.lines.map((each) => [each.place, each.at])).toEqual([['there', 9_600], ['there', 9_900], ['there', 10_300], ['server', 11_000]])
  })

  test('keeps what comes in its order, though the way of the first told of a later time', () => {
    const { watch, recorder, at } = start()
    watch.look()
    at(10_000)
    watch.read({ type: 'trace', at: 500, lines: [line(400)] })
    at(10_100)
    watch.read({ type: 'trace', at: 1_100, lines: [line(410)] })
    expect(numbers(recorder.trace.lines)).toEqual([400, 410])
  })

  test('takes the clock of a page that was loaded anew for a new one', () => {
    const { watch, recorder, at } = start()
    watch.look()
    watch.read({ type: 'trace', at: 60_000, lines: [line(60_000)] })
    at(70_000)
    watch.part(false)
    watch.meet(true)
    watch.read({ type: 'trace', at: 300, lines: [line(200)] })
    expect(recorder.lines.at(-1)?.at).toBe(69_900)
  })
})

describe('another tab of this browser', () => {
  test('that says hello gets what is past, then each line; and the other side is looked at while it keeps saying so', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const recorder = new Recorder()
    const [began, ended] = [vi.fn(), vi.fn()]
    const tab = new BroadcastChannel(channelName)
    const heard: Broadcast[] = []
    tab.onmessage = ({ data }) => heard.push(data as Broadcast)
    const stop = broadcast(recorder, () => { began(); return ended })
    recorder.add(line(1))
    try {
      await vi.waitFor(() => expect(heard).toHaveLength(1), { timeout: deadlineMs })
      tab.postMessage({ type: 'hello' })
      await vi.waitFor(() => expect(heard[1]).toMatchObject({ type: 'trace', trace: { version: 1, lines: [line(1)] } }), { timeout: deadlineMs })
      recorder.add(line(2))
      await vi.waitFor(() => expect(heard[2]).toMatchObject({ type: 'line', line: line(2) }), { timeout: deadlineMs })
      expect([began.mock.calls.length, ended.mock.calls.length]).toEqual([1, 0])
      vi.advanceTimersByTime(attention + 1)
      expect([began.mock.calls.length, ended.mock.calls.length]).toEqual([1, 1])
    } finally {
      stop()
      tab.close()
      vi.useRealTimers()
    }
  })
})

