import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ConnectionMonitor } from '../../../client/webrtc/connectionMonitor.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { immediateScheduler } from '../common/taskScheduler.ts'
import { FakePeerNetwork } from './fakePeerNetwork.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** The successive states of each browser when a transport connects, disconnects and fails. */
const browsers = {
  Chromium: {
    disconnects: [
      ['connected', 'disconnected'],
      ['disconnected', 'disconnected'],
    ],
    fails: [['failed', 'disconnected']],
  },
  Firefox: {
    disconnects: [
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
  readonly connection = new FakePeerNetwork(immediateScheduler).createConnection()
  readonly reported: string[] = []
  readonly #counts: Record<Kind, number> = { 'inbound-rtp': 0, 'data-channel': 0, 'candidate-pair': 0 }
  readonly monitor = new ConnectionMonitor(this.connection.asPeerConnection(), ({ type }) => this.reported.push(type))

  /** The negotiated direction is the one that both sides want. */
  constructor(direction: RTCRtpTransceiverDirection = 'sendrecv') {
    for (const kind of ['audio', 'video'] as const) this.connection.addTransceiver(kind, { direction }).applyDirection()
  }

  /** Connects the transport. Media counts as started if no track is received, or at the first unmuted one. */
  open(): this {
    this.connection.setConnectionState('connected')
    this.connection.setReceiving(true)
    expect(this.reported.splice(0)).toEqual(['transport.connected', 'media.started'])
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

describe('transport', () => {
  test('the transport is connected once ICE and DTLS are connected', () => {
    const { connection, reported } = new MonitorHarness()
    connection.setConnectionState('connecting', 'checking')
    connection.setConnectionState('connecting', 'connected')
    expect(reported).toEqual([])
    connection.setConnectionState('connected', 'connected')
    expect(reported).toEqual(['transport.connected'])
  })

  test.each(Object.entries(browsers))(
    'disconnected and failed are reported once each, in the event order of %s',
    (_, { disconnects, fails }) => {
      const { connection, reported } = new MonitorHarness().open()
      for (const [state, ice] of [...disconnects, ...fails]) connection.setConnectionState(state, ice)
      expect(reported).toEqual(['transport.disconnected', 'transport.failed'])
    },
  )

  test.each([
    ['disconnected', 'connected'],
    ['connected', 'disconnected'],
  ] as const)('either attribute reports disconnected: %s, %s', (connectionState, ice) => {
    const { connection, reported } = new MonitorHarness()
    connection.setConnectionState('connected', 'connected')
    connection.setConnectionState(connectionState, ice)
    connection.setConnectionState('connected', 'connected')
    expect(reported).toEqual(['transport.connected', 'transport.disconnected', 'transport.connected'])
  })

  test.each([
    ['failed', 'disconnected'],
    ['connecting', 'failed'],
  ] as const)('either attribute reports failed: %s, %s', (connectionState, ice) => {
    const { connection, reported } = new MonitorHarness()
    connection.setConnectionState(connectionState, ice)
    expect(reported).toEqual(['transport.failed'])
  })

  test('a second failure after a retry is reported again', () => {
    const { connection, reported } = new MonitorHarness()
    connection.setConnectionState('failed', 'failed')
    connection.setConnectionState('connecting', 'checking')
    connection.setConnectionState('failed', 'failed')
    expect(reported).toEqual(['transport.failed', 'transport.failed'])
  })
})

describe('silence', () => {
  test('silence after media is detected after 1.5 s, whatever the browser reports', () => {
    const harness = new MonitorHarness()
      .open()
      .pass(3_000, 'inbound-rtp')
      .pass(timeouts.mediaSilenceMs - 100)
    expect(harness.reported).toEqual([])
    expect(harness.pass(100).reported).toEqual(['transport.disconnected'])
  })

  test('the interval between two heartbeats is not silence', () => {
    const harness = new MonitorHarness()
      .open()
      .pass(200, 'data-channel')
      .pass(timeouts.heartbeatSilenceMs - 100)
    expect(harness.reported).toEqual([])
    expect(harness.pass(100).reported).toEqual(['transport.disconnected'])
  })

  test.each<Kind>(['inbound-rtp', 'data-channel', 'candidate-pair'])(
    'any arriving data ends the silence (%s)',
    (arriving) => {
      const harness = new MonitorHarness().open().pass(60_000, arriving)
      expect(harness.reported).toEqual([])
    },
  )

  test('the end of a silence reports transport.connected and media.started', () => {
    const harness = new MonitorHarness().open().pass(1_000, 'inbound-rtp').pass(5_000)
    expect(harness.reported.splice(0)).toEqual(['transport.disconnected'])
    expect(harness.pass(100, 'inbound-rtp').reported).toEqual(['transport.connected', 'media.started'])
  })

  test('silence before the transport is connected is ignored', () => {
    const harness = new MonitorHarness().pass(20_000)
    expect(harness.reported).toEqual([])
    harness.connection.setConnectionState('connected', 'connected')
    expect(harness.pass(1_000).reported).toEqual(['transport.connected'])
  })
})

describe('transport after a network change', () => {
  test('the transport fails after networkChangeSilenceMs of silence, if media flowed', () => {
    const harness = new MonitorHarness().open().pass(1_000, 'inbound-rtp')
    harness.monitor.onNetworkChange()
    expect(harness.pass(timeouts.networkChangeSilenceMs - 100).reported).toEqual([])
    expect(harness.pass(100).reported).toEqual(['transport.failed'])
  })

  test('the transport gets mediaSilenceMs if only heartbeats arrive', () => {
    const harness = new MonitorHarness().open().pass(100, 'data-channel')
    harness.monitor.onNetworkChange()
    expect(harness.pass(timeouts.mediaSilenceMs - 100).reported).toEqual([])
    expect(harness.pass(100).reported).toEqual(['transport.failed'])
  })

  test('the transport survives if data still arrives', () => {
    const harness = new MonitorHarness().open().pass(1_000, 'inbound-rtp')
    harness.monitor.onNetworkChange()
    harness.pass(100, 'inbound-rtp').pass(timeouts.mediaSilenceMs - 100)
    expect(harness.reported).toEqual([])
  })
})

describe('transport after an ICE restart', () => {
  test('transport.connected is reported again once data arrives', () => {
    const harness = new MonitorHarness().open().pass(1_000, 'inbound-rtp')
    harness.monitor.onIceRestart()
    expect(harness.pass(100, 'inbound-rtp').reported).toEqual(['transport.connected', 'media.started'])
  })

  test('after silence the transport is connected only when data arrives', () => {
    const harness = new MonitorHarness().open().pass(1_000, 'inbound-rtp').pass(2_000)
    harness.monitor.onIceRestart()
    expect(harness.pass(10_000).reported).toEqual(['transport.disconnected'])
  })
})

describe('media', () => {
  test('media.started is reported at the first unmuted track, once per connect', () => {
    const { connection, reported } = new MonitorHarness()
    connection.setConnectionState('connected', 'connected')
    connection.setReceiving(true)
    expect(reported).toEqual(['transport.connected', 'media.started'])
    connection.setConnectionState('disconnected', 'disconnected')
    connection.setConnectionState('connected', 'connected')
    expect(reported).toEqual([
      'transport.connected',
      'media.started',
      'transport.disconnected',
      'transport.connected',
      'media.started',
    ])
  })

  test('media.started is reported at once if no track is received', () => {
    const { connection, reported } = new MonitorHarness('sendonly')
    connection.setConnectionState('connected', 'connected')
    expect(reported).toEqual(['transport.connected', 'media.started'])
  })

  test('media.started is reported after a timeout, but not on a disconnected transport', () => {
    const [silent, broken] = [new MonitorHarness(), new MonitorHarness()]
    for (const { connection } of [silent, broken]) connection.setConnectionState('connected', 'connected')
    broken.connection.setConnectionState('disconnected', 'disconnected')
    vi.advanceTimersByTime(2_000)
    expect(silent.reported).toEqual(['transport.connected', 'media.started'])
    expect(broken.reported).toEqual(['transport.connected', 'transport.disconnected'])
  })

  test('nothing is reported after close', () => {
    const { connection, reported, monitor } = new MonitorHarness()
    connection.setConnectionState('connected', 'connected')
    monitor.close()
    vi.advanceTimersByTime(2_000)
    connection.setConnectionState('failed', 'failed')
    monitor.read([['I', { id: 'I', type: 'inbound-rtp', packetsReceived: 1 }]])
    expect(reported).toEqual(['transport.connected'])
  })
})
