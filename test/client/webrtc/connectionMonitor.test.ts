import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Path } from '../../../client/webrtc/connectionMonitor.ts'
import { timers } from '../../../machines/protocol/timeouts.ts'
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
  Chromium: { wavers: [['connected', 'disconnected'], ['disconnected', 'disconnected']], fails: [['failed', 'disconnected']] },
  Firefox: { wavers: [['connected', 'disconnected'], ['disconnected', 'disconnected']], fails: [['disconnected', 'failed'], ['failed', 'failed']] },
} as const

type Kind = 'inbound-rtp' | 'data-channel' | 'candidate-pair'
const names = { 'inbound-rtp': 'packetsReceived', 'data-channel': 'messagesReceived', 'candidate-pair': 'responsesReceived' } as const

class Trial {
  readonly connection = new FakeConnection()
  readonly facts: string[] = []
  readonly #counts: Record<Kind, number> = { 'inbound-rtp': 0, 'data-channel': 0, 'candidate-pair': 0 }
  readonly path = new Path(this.connection as unknown as RTCPeerConnection, ({ type }) => this.facts.push(type))

  open(): this {
    this.connection.direction = 'sendonly'
    this.connection.become('connected', 'connected')
    expect(this.facts.splice(0)).toEqual(['path.opened', 'media.flowed'])
    return this
  }

  /** So many milliseconds, in which the browser is asked twice a second and has counted something, or nothing. */
  pass(milliseconds: number, arriving: Kind | null = null): this {
    for (let passed = 0; passed < milliseconds; passed += 100) {
      vi.advanceTimersByTime(100)
      if (arriving) this.#counts[arriving] += 1
      this.path.read(Object.entries(this.#counts).map(([type, count]) => [type, { id: type, type, [names[type as Kind]]: count }]))
    }
    return this
  }
}

const watch = (): Trial => new Trial()

describe('a path', () => {
  test('is open once both ICE and DTLS are through', () => {
    const { connection, facts } = watch()
    connection.become('connecting', 'checking')
    connection.become('connecting', 'connected')
    expect(facts).toEqual([])
    connection.become('connected', 'connected')
    expect(facts).toEqual(['path.opened'])
  })

  test.each(Object.entries(browsers))('wavers, and may fail, once each, in the order in which %s says so', (_, { wavers, fails }) => {
    const { connection, facts } = watch().open()
    for (const [state, ice] of [...wavers, ...fails]) connection.become(state, ice)
    expect(facts).toEqual(['path.wavered', 'path.failed'])
  })

  test.each([['disconnected', 'connected'], ['connected', 'disconnected']] as const)('wavers by either attribute: %s, %s', (connectionState, ice) => {
    const { connection, facts } = watch()
    connection.become('connected', 'connected')
    connection.become(connectionState, ice)
    connection.become('connected', 'connected')
    expect(facts).toEqual(['path.opened', 'path.wavered', 'path.opened'])
  })

  test.each([['failed', 'disconnected'], ['connecting', 'failed']] as const)('fails by either attribute: %s, %s', (connectionState, ice) => {
    const { connection, facts } = watch()
    connection.become(connectionState, ice)
    expect(facts).toEqual(['path.failed'])
  })

  test('may fail again after it was tried again', () => {
    const { connection, facts } = watch()
    connection.become('failed', 'failed')
    connection.become('connecting', 'checking')
    connection.become('failed', 'failed')
    expect(facts).toEqual(['path.failed', 'path.failed'])
  })
})

describe('silence', () => {
  test('is noticed after a second and a half where media came, whatever the browser believes', () => {
    const trial = watch().open().pass(3_000, 'inbound-rtp').pass(timers.silence - 100)
    expect(trial.facts).toEqual([])
    expect(trial.pass(100).facts).toEqual(['path.wavered'])
  })

  test('is not taken for one between two beats, where nothing else comes', () => {
    const trial = watch().open().pass(200, 'data-channel').pass(timers.silenceOfBeats - 100)
    expect(trial.facts).toEqual([])
    expect(trial.pass(100).facts).toEqual(['path.wavered'])
  })

  test.each<Kind>(['inbound-rtp', 'data-channel', 'candidate-pair'])('is broken by anything that comes (%s)', (arriving) => {
    const trial = watch().open().pass(60_000, arriving)
    expect(trial.facts).toEqual([])
  })

  test('that ends is the path open again, and media flows again', () => {
    const trial = watch().open().pass(1_000, 'inbound-rtp').pass(5_000)
    expect(trial.facts.splice(0)).toEqual(['path.wavered'])
    expect(trial.pass(100, 'inbound-rtp').facts).toEqual(['path.opened', 'media.flowed'])
  })

  test('before there is a path means nothing', () => {
    const trial = watch().pass(20_000)
    expect(trial.facts).toEqual([])
    trial.connection.become('connected', 'connected')
    expect(trial.pass(1_000).facts).toEqual(['path.opened'])
  })
})

describe('a path after a change of the network', () => {
  test('has failed if nothing comes for half a second, where media came', () => {
    const trial = watch().open().pass(1_000, 'inbound-rtp')
    trial.path.suspect()
    expect(trial.pass(timers.silenceAfterChange - 100).facts).toEqual([])
    expect(trial.pass(100).facts).toEqual(['path.failed'])
  })

  test('gets longer where only beats come', () => {
    const trial = watch().open().pass(100, 'data-channel')
    trial.path.suspect()
    expect(trial.pass(timers.silence - 100).facts).toEqual([])
    expect(trial.pass(100).facts).toEqual(['path.failed'])
  })

  test('lives if something still comes, and is not suspected any more', () => {
    const trial = watch().open().pass(1_000, 'inbound-rtp')
    trial.path.suspect()
    trial.pass(100, 'inbound-rtp').pass(timers.silence - 100)
    expect(trial.facts).toEqual([])
  })
})

describe('a path that is looked for anew', () => {
  test('is news again once something comes over it', () => {
    const trial = watch().open().pass(1_000, 'inbound-rtp')
    trial.path.renew()
    expect(trial.pass(100, 'inbound-rtp').facts).toEqual(['path.opened', 'media.flowed'])
  })

  test('after silence is open only when something comes', () => {
    const trial = watch().open().pass(1_000, 'inbound-rtp').pass(2_000)
    trial.path.renew()
    expect(trial.pass(10_000).facts).toEqual(['path.wavered'])
  })
})

describe('media', () => {
  test('flows when the first track is heard of, once for each opening', () => {
    const { connection, facts } = watch()
    connection.become('connected', 'connected')
    for (const track of connection.tracks) track.dispatchEvent(new Event('unmute'))
    expect(facts).toEqual(['path.opened', 'media.flowed'])
    connection.tracks[0] && (connection.tracks[0].muted = false)
    connection.become('disconnected', 'disconnected')
    connection.become('connected', 'connected')
    expect(facts).toEqual(['path.opened', 'media.flowed', 'path.wavered', 'path.opened', 'media.flowed'])
  })

  test('is not waited for where none is to come', () => {
    const { connection, facts } = watch()
    connection.direction = 'sendonly'
    connection.become('connected', 'connected')
    expect(facts).toEqual(['path.opened', 'media.flowed'])
  })

  test('is taken to flow on an open path after a while, and not on one that is not open any more', () => {
    const [silent, broken] = [watch(), watch()]
    for (const { connection } of [silent, broken]) connection.become('connected', 'connected')
    broken.connection.become('disconnected', 'disconnected')
    vi.advanceTimersByTime(2_000)
    expect(silent.facts).toEqual(['path.opened', 'media.flowed'])
    expect(broken.facts).toEqual(['path.opened', 'path.wavered'])
  })

  test('is nobody\'s business after the end', () => {
    const { connection, facts, path } = watch()
    connection.become('connected', 'connected')
    path.close()
    vi.advanceTimersByTime(2_000)
    connection.become('failed', 'failed')
    path.read([['I', { id: 'I', type: 'inbound-rtp', packetsReceived: 1 }]])
    expect(facts).toEqual(['path.opened'])
  })
})
