import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { watchPath } from '../../client/path.ts'
import { FakeTrack } from './fakes.ts'

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

function watch() {
  const connection = new FakeConnection()
  const facts: string[] = []
  const stop = watchPath(connection as unknown as RTCPeerConnection, ({ type }) => facts.push(type))
  return { connection, facts, stop }
}

describe('a path', () => {
  test('is open once both ICE and DTLS are through', () => {
    const { connection, facts } = watch()
    connection.become('connecting', 'checking')
    connection.become('connecting', 'connected')
    expect(facts).toEqual([])
    connection.become('connected', 'connected')
    expect(facts).toEqual(['path.opened'])
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
    const { connection, facts, stop } = watch()
    connection.become('connected', 'connected')
    stop()
    vi.advanceTimersByTime(2_000)
    connection.become('failed', 'failed')
    expect(facts).toEqual(['path.opened'])
  })
})
