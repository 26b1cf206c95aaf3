import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ConnectionMonitor } from '../../../client/webrtc/connectionMonitor.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { FakeTrack } from '../common/fakes.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** An RTCPeerConnection as far as its path goes. */
class FakeConnection extends EventTarget {
  connectionState: RTCPeerConnectionState = 'new'
  iceConnectionState: RTCIceConnectionState = 'new'
  readonly tracks = [new FakeTrack('audio'), new FakeTrack('video')]
  direction: RTCRtpTransceiverDirection = 'sendrecv'

  constructor() {
    super()
    for (const track of this.tracks) track.muted = true
  }

  getTransceivers() {
    return this.tracks.map((track) => ({ currentDirection: this.direction, receiver: { track } }))
  }

  become(connectionState: RTCPeerConnectionState, iceConnectionState: RTCIceConnectionState): void {
    Object.assign(this, { connectionState, iceConnectionState })
    this.dispatchEvent(new Event('iceconnectionstatechange'))
    this.dispatchEvent(new Event('connectionstatechange'))
  }
}

/** What each browser says one after the other when a way is found, wavers and fails. */
const browsers = {
  Chromium: {
    wavers: [
      ['connected', 'disconnected'],
      ['disconnected', 'disconnected'],
    ],
    fails: [['failed', 'disconnected']],
  },
  Firefox: {
    wavers: [
      ['connected', 'disconnected'],
      ['disconnected', 'disconnected'],
    ],
    fails: [
      ['disconnected', 'failed'],
      ['failed', 'failed'],
    ],
  },
} as const

type Kind = 'inbound-rtp' | 'data-channel' | 'candidate-pair'
const names = {
  'inbound-rtp': 'packetsReceived',
  'data-channel': 'messagesReceived',
  'candidate-pair': 'responsesReceived',
} as const

class MonitorHarness {
  readonly connection = new FakeConnection()
  readonly facts: string[] = []
  readonly #counts: Record<Kind, number> = { 'inbound-rtp': 0, 'data-channel': 0, 'candidate-pair': 0 }
  readonly monitor = new ConnectionMonitor(this.connection as unknown as RTCPeerConnection, ({ type }) =>
    this.facts.push(type),
  )

  open(): this {
    this.connection.direction = 'sendonly'
    this.connection.become('connected', 'connected')
    expect(this.facts.splice(0)).toEqual(['transport.connected', 'media.started'])
    return this
  }

  /** So many milliseconds, in which the browser is asked twice a second and has counted something, or nothing. */
  pass(milliseconds: number, arriving: Kind | null = null): this {
    for (let passed = 0; passed < milliseconds; passed += 100) {
      vi.advanceTimersByTime(100)
      if (arriving) this.#counts[arriving] += 1
      this.monitor.read(
        Object.entries(this.#counts).map(([type, count]) => [type, { id: type, type, [names[type as Kind]]: count }]),
      )
    }
    return this
  }
}

const createMonitor = (): MonitorHarness => new MonitorHarness()

describe('a path', () => {
  test('is open once both ICE and DTLS are through', () => {
    const { connection, facts } = createMonitor()
    connection.become('connecting', 'checking')
    connection.become('connecting', 'connected')
    expect(facts).toEqual([])
    connection.become('connected', 'connected')
    expect(facts).toEqual(['transport.connected'])
  })

  test.each(Object.entries(browsers))(
    'wavers, and may fail, once each, in the order in which %s says so',
    (_, { wavers, fails }) => {
      const { connection, facts } = createMonitor().open()
      for (const [state, ice] of [...wavers, ...fails]) connection.become(state, ice)
      expect(facts).toEqual(['transport.disconnected', 'transport.failed'])
    },
  )

  test.each([
    ['disconnected', 'connected'],
    ['connected', 'disconnected'],
  ] as const)('wavers by either attribute: %s, %s', (connectionState, ice) => {
    const { connection, facts } = createMonitor()
    connection.become('connected', 'connected')
    connection.become(connectionState, ice)
    connection.become('connected', 'connected')
    expect(facts).toEqual(['transport.connected', 'transport.disconnected', 'transport.connected'])
  })

  test.each([
    ['failed', 'disconnected'],
    ['connecting', 'failed'],
  ] as const)('fails by either attribute: %s, %s', (connectionState, ice) => {
    const { connection, facts } = createMonitor()
    connection.become(connectionState, ice)
    expect(facts).toEqual(['transport.failed'])
  })

  test('may fail again after it was tried again', () => {
    const { connection, facts } = createMonitor()
    connection.become('failed', 'failed')
    connection.become('connecting', 'checking')
    connection.become('failed', 'failed')
    expect(facts).toEqual(['transport.failed', 'transport.failed'])
  })
})

describe('silence', () => {
  test('is noticed after a second and a half where media came, whatever the browser believes', () => {
    const trial = createMonitor()
      .open()
      .pass(3_000, 'inbound-rtp')
      .pass(timeouts.mediaSilenceMs - 100)
    expect(trial.facts).toEqual([])
    expect(trial.pass(100).facts).toEqual(['transport.disconnected'])
  })

  test('is not taken for one between two beats, where nothing else comes', () => {
    const trial = createMonitor()
      .open()
      .pass(200, 'data-channel')
      .pass(timeouts.heartbeatSilenceMs - 100)
    expect(trial.facts).toEqual([])
    expect(trial.pass(100).facts).toEqual(['transport.disconnected'])
  })

  test.each<Kind>(['inbound-rtp', 'data-channel', 'candidate-pair'])(
    'is broken by anything that comes (%s)',
    (arriving) => {
      const trial = createMonitor().open().pass(60_000, arriving)
      expect(trial.facts).toEqual([])
    },
  )

  test('that ends is the path open again, and media flows again', () => {
    const trial = createMonitor().open().pass(1_000, 'inbound-rtp').pass(5_000)
    expect(trial.facts.splice(0)).toEqual(['transport.disconnected'])
    expect(trial.pass(100, 'inbound-rtp').facts).toEqual(['transport.connected', 'media.started'])
  })

  test('before there is a path means nothing', () => {
    const trial = createMonitor().pass(20_000)
    expect(trial.facts).toEqual([])
    trial.connection.become('connected', 'connected')
    expect(trial.pass(1_000).facts).toEqual(['transport.connected'])
  })
})

describe('a path after a change of the network', () => {
  test('has failed if nothing comes for half a second, where media came', () => {
    const trial = createMonitor().open().pass(1_000, 'inbound-rtp')
    trial.monitor.onNetworkChange()
    expect(trial.pass(timeouts.networkChangeSilenceMs - 100).facts).toEqual([])
    expect(trial.pass(100).facts).toEqual(['transport.failed'])
  })

  test('gets longer where only beats come', () => {
    const trial = createMonitor().open().pass(100, 'data-channel')
    trial.monitor.onNetworkChange()
    expect(trial.pass(timeouts.mediaSilenceMs - 100).facts).toEqual([])
    expect(trial.pass(100).facts).toEqual(['transport.failed'])
  })

  test('lives if something still comes, and is not suspected any more', () => {
    const trial = createMonitor().open().pass(1_000, 'inbound-rtp')
    trial.monitor.onNetworkChange()
    trial.pass(100, 'inbound-rtp').pass(timeouts.mediaSilenceMs - 100)
    expect(trial.facts).toEqual([])
  })
})

describe('a path that is looked for anew', () => {
  test('is news again once something comes over it', () => {
    const trial = createMonitor().open().pass(1_000, 'inbound-rtp')
    trial.monitor.onIceRestart()
    expect(trial.pass(100, 'inbound-rtp').facts).toEqual(['transport.connected', 'media.started'])
  })

  test('after silence is open only when something comes', () => {
    const trial = createMonitor().open().pass(1_000, 'inbound-rtp').pass(2_000)
    trial.monitor.onIceRestart()
    expect(trial.pass(10_000).facts).toEqual(['transport.disconnected'])
  })
})

describe('media', () => {
  test('flows when the first track is heard of, once for each opening', () => {
    const { connection, facts } = createMonitor()
    connection.become('connected', 'connected')
    for (const track of connection.tracks) track.dispatchEvent(new Event('unmute'))
    expect(facts).toEqual(['transport.connected', 'media.started'])
    connection.tracks[0]!.muted = false
    connection.become('disconnected', 'disconnected')
    connection.become('connected', 'connected')
    expect(facts).toEqual([
      'transport.connected',
      'media.started',
      'transport.disconnected',
      'transport.connected',
      'media.started',
    ])
  })

  test('is not waited for where none is to come', () => {
    const { connection, facts } = createMonitor()
    connection.direction = 'sendonly'
    connection.become('connected', 'connected')
    expect(facts).toEqual(['transport.connected', 'media.started'])
  })

  test('is taken to flow on an open path after a while, and not on one that is not open any more', () => {
    const [silent, broken] = [createMonitor(), createMonitor()]
    for (const { connection } of [silent, broken]) connection.become('connected', 'connected')
    broken.connection.become('disconnected', 'disconnected')
    vi.advanceTimersByTime(2_000)
    expect(silent.facts).toEqual(['transport.connected', 'media.started'])
    expect(broken.facts).toEqual(['transport.connected', 'transport.disconnected'])
  })

  test("is nobody's business after the end", () => {
    const { connection, facts, monitor: path } = createMonitor()
    connection.become('connected', 'connected')
    path.close()
    vi.advanceTimersByTime(2_000)
    connection.become('failed', 'failed')
    path.read([['I', { id: 'I', type: 'inbound-rtp', packetsReceived: 1 }]])
    expect(facts).toEqual(['transport.connected'])
  })
})
