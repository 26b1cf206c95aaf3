import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ConnectionMonitor } from '../../../client/webrtc/connectionMonitor.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { FakeTrack } from '../common/fakes.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** An RTCPeerConnection with its transport states. */
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

/** The successive states of each browser when a transport connects, disconnects and fails. */
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

  /** Lets time pass, with stats reports that count arriving data of one kind, or none. */
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

describe('transport', () => {
  test('the transport is connected once ICE and DTLS are connected', () => {
    const { connection, facts } = createMonitor()
    connection.become('connecting', 'checking')
    connection.become('connecting', 'connected')
    expect(facts).toEqual([])
    connection.become('connected', 'connected')
    expect(facts).toEqual(['transport.connected'])
  })

  test.each(Object.entries(browsers))(
    'disconnected and failed are reported once each, in the event order of %s',
    (_, { wavers, fails }) => {
      const { connection, facts } = createMonitor().open()
      for (const [state, ice] of [...wavers, ...fails]) connection.become(state, ice)
      expect(facts).toEqual(['transport.disconnected', 'transport.failed'])
    },
  )

  test.each([
    ['disconnected', 'connected'],
    ['connected', 'disconnected'],
  ] as const)('either attribute reports disconnected: %s, %s', (connectionState, ice) => {
    const { connection, facts } = createMonitor()
    connection.become('connected', 'connected')
    connection.become(connectionState, ice)
    connection.become('connected', 'connected')
    expect(facts).toEqual(['transport.connected', 'transport.disconnected', 'transport.connected'])
  })

  test.each([
    ['failed', 'disconnected'],
    ['connecting', 'failed'],
  ] as const)('either attribute reports failed: %s, %s', (connectionState, ice) => {
    const { connection, facts } = createMonitor()
    connection.become(connectionState, ice)
    expect(facts).toEqual(['transport.failed'])
  })

  test('a second failure after a retry is reported again', () => {
    const { connection, facts } = createMonitor()
    connection.become('failed', 'failed')
    connection.become('connecting', 'checking')
    connection.become('failed', 'failed')
    expect(facts).toEqual(['transport.failed', 'transport.failed'])
  })
})

describe('silence', () => {
  test('silence after media is detected after 1.5 s, whatever the browser reports', () => {
    const trial = createMonitor()
      .open()
      .pass(3_000, 'inbound-rtp')
      .pass(timeouts.mediaSilenceMs - 100)
    expect(trial.facts).toEqual([])
    expect(trial.pass(100).facts).toEqual(['transport.disconnected'])
  })

  test('the interval between two heartbeats is not silence', () => {
    const trial = createMonitor()
      .open()
      .pass(200, 'data-channel')
      .pass(timeouts.heartbeatSilenceMs - 100)
    expect(trial.facts).toEqual([])
    expect(trial.pass(100).facts).toEqual(['transport.disconnected'])
  })

  test.each<Kind>(['inbound-rtp', 'data-channel', 'candidate-pair'])(
    'any arriving data ends the silence (%s)',
    (arriving) => {
      const trial = createMonitor().open().pass(60_000, arriving)
      expect(trial.facts).toEqual([])
    },
  )

  test('the end of a silence reports transport.connected and media.started', () => {
    const trial = createMonitor().open().pass(1_000, 'inbound-rtp').pass(5_000)
    expect(trial.facts.splice(0)).toEqual(['transport.disconnected'])
    expect(trial.pass(100, 'inbound-rtp').facts).toEqual(['transport.connected', 'media.started'])
  })

  test('silence before the transport is connected is ignored', () => {
    const trial = createMonitor().pass(20_000)
    expect(trial.facts).toEqual([])
    trial.connection.become('connected', 'connected')
    expect(trial.pass(1_000).facts).toEqual(['transport.connected'])
  })
})

describe('transport after a network change', () => {
  test('the transport fails after networkChangeSilenceMs of silence, if media flowed', () => {
    const trial = createMonitor().open().pass(1_000, 'inbound-rtp')
    trial.monitor.onNetworkChange()
    expect(trial.pass(timeouts.networkChangeSilenceMs - 100).facts).toEqual([])
    expect(trial.pass(100).facts).toEqual(['transport.failed'])
  })

  test('the transport gets mediaSilenceMs if only heartbeats arrive', () => {
    const trial = createMonitor().open().pass(100, 'data-channel')
    trial.monitor.onNetworkChange()
    expect(trial.pass(timeouts.mediaSilenceMs - 100).facts).toEqual([])
    expect(trial.pass(100).facts).toEqual(['transport.failed'])
  })

  test('the transport survives if data still arrives', () => {
    const trial = createMonitor().open().pass(1_000, 'inbound-rtp')
    trial.monitor.onNetworkChange()
    trial.pass(100, 'inbound-rtp').pass(timeouts.mediaSilenceMs - 100)
    expect(trial.facts).toEqual([])
  })
})

describe('transport after an ICE restart', () => {
  test('transport.connected is reported again once data arrives', () => {
    const trial = createMonitor().open().pass(1_000, 'inbound-rtp')
    trial.monitor.onIceRestart()
    expect(trial.pass(100, 'inbound-rtp').facts).toEqual(['transport.connected', 'media.started'])
  })

  test('after silence the transport is connected only when data arrives', () => {
    const trial = createMonitor().open().pass(1_000, 'inbound-rtp').pass(2_000)
    trial.monitor.onIceRestart()
    expect(trial.pass(10_000).facts).toEqual(['transport.disconnected'])
  })
})

describe('media', () => {
  test('media.started is reported at the first unmuted track, once per connect', () => {
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

  test('media.started is reported at once if no track is received', () => {
    const { connection, facts } = createMonitor()
    connection.direction = 'sendonly'
    connection.become('connected', 'connected')
    expect(facts).toEqual(['transport.connected', 'media.started'])
  })

  test('media.started is reported after a timeout, but not on a disconnected transport', () => {
    const [silent, broken] = [createMonitor(), createMonitor()]
    for (const { connection } of [silent, broken]) connection.become('connected', 'connected')
    broken.connection.become('disconnected', 'disconnected')
    vi.advanceTimersByTime(2_000)
    expect(silent.facts).toEqual(['transport.connected', 'media.started'])
    expect(broken.facts).toEqual(['transport.connected', 'transport.disconnected'])
  })

  test('nothing is reported after close', () => {
    const { connection, facts, monitor: path } = createMonitor()
    connection.become('connected', 'connected')
    path.close()
    vi.advanceTimersByTime(2_000)
    connection.become('failed', 'failed')
    path.read([['I', { id: 'I', type: 'inbound-rtp', packetsReceived: 1 }]])
    expect(facts).toEqual(['transport.connected'])
  })
})
