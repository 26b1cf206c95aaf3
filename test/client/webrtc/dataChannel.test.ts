import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exchangeHeartbeats } from '../../../client/webrtc/heartbeat.ts'
import { type DataChannel, openDataChannel } from '../../../client/webrtc/dataChannel.ts'
import { createPeerChannels } from '../../../client/webrtc/peerChannels.ts'
import type { ChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { MediaState } from '../../../machines/protocol/messages.ts'
import { immediateScheduler } from '../common/taskScheduler.ts'
import { FakePeerNetwork } from './fakePeerNetwork.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const media: MediaState = { microphone: true, camera: false, screen: false }
const createHeartbeat = (n: number, sent = media): ChannelMessage => ({ type: 'heartbeat', seq: n, media: sent })

/** An open connection with the data channel of one side. `receive` delivers a message of the peer. */
function start() {
  const connection = new FakePeerNetwork(immediateScheduler).createConnection()
  const events: string[] = []
  let nowMs = 0
  const pc = connection.asPeerConnection()
  const dataChannel = openDataChannel(pc, createPeerChannels(pc).control, {
    onOpen: () => {
      events.push('opened')
      return () => events.push('closed')
    },
    onFlood: () => void events.push('flooded'),
    now: () => nowMs,
  })
  connection.setReceiving(true)
  const channel = connection.channel!
  return {
    connection,
    channel,
    events,
    dataChannel,
    receive: (data: unknown) => channel.arrive(data),
    passTime: (milliseconds: number) => {
      nowMs += milliseconds
    },
  }
}

describe('data channel', () => {
  test('the channel is negotiated with id 0', () => {
    expect(start().channel).toMatchObject({ label: 'duet', negotiated: true, id: 0 })
  })

  test('open and close are reported once each', () => {
    const { channel, events, dataChannel } = start()
    expect(events).toEqual([])
    channel.open()
    expect(events).toEqual(['opened'])
    channel.closeRemotely()
    dataChannel.close()
    expect(events).toEqual(['opened', 'closed'])
  })

  test('messages are dropped while the channel is not open', () => {
    const { channel, dataChannel } = start()
    dataChannel.send({ type: 'hangup' })
    channel.open()
    dataChannel.send(createHeartbeat(1))
    channel.closeRemotely()
    dataChannel.send({ type: 'hangup' })
    expect(channel.sent.map((text) => JSON.parse(text) as unknown)).toEqual([createHeartbeat(1)])
  })

  test('valid messages reach all subscribers until they unsubscribe', () => {
    const { channel, dataChannel, receive } = start()
    const [first, second]: ChannelMessage[][] = [[], []]
    const stop = dataChannel.subscribe((message) => first!.push(message))
    dataChannel.subscribe((message) => second!.push(message))
    channel.open()
    for (const data of ['noise', '{"type":"hangup","more":1}', new ArrayBuffer(1)]) receive(data)
    stop()
    receive(JSON.stringify(createHeartbeat(1)))
    expect([first, second]).toEqual([[{ type: 'hangup' }], [{ type: 'hangup' }, createHeartbeat(1)]])
  })

  test('no message is delivered after close', () => {
    const { channel, events, dataChannel, receive } = start()
    const received: unknown[] = []
    dataChannel.subscribe((message) => received.push(message))
    dataChannel.close()
    channel.open()
    receive('{"type":"hangup"}')
    expect([events, received]).toEqual([[], []])
  })
})

describe('flood on the data channel', () => {
  test.each([
    ['of valid messages', (n: number) => JSON.stringify(createHeartbeat(n)), 50_000],
    ['of noise', () => '{', 50_000],
    ['of binary messages', () => new ArrayBuffer(16_000), 100],
    ['of long texts', () => 'x'.repeat(16_000), 100],
    ['of one huge text', () => 'x'.repeat(2 ** 20), 1],
    ['of blobs', () => new Blob(['x'.repeat(16_000)]), 100],
  ])('a flood %s closes the channel, is reported once, and is not delivered', (_, make, count) => {
    const { channel, events, dataChannel, receive } = start()
    let received = 0
    dataChannel.subscribe(() => {
      received += 1
    })
    channel.open()
    for (let n = 1; n <= count; n++) receive(make(n))
    expect(events).toEqual(['opened', 'closed', 'flooded'])
    expect(channel.readyState).toBe('closing')
    expect(received).toBeLessThanOrEqual(limits.channelMessageBurst)
  })

  test('an hour of normal traffic, and 90 s of it at once, stay below the limit', () => {
    const { channel, events, receive, passTime } = start()
    let n = 0
    channel.open()
    for (let second = 0; second < 3_600; second++) {
      passTime(1_000)
      receive(JSON.stringify(createHeartbeat(++n)))
    }
    for (let late = 0; late < timeouts.callLostTimeoutMs / timeouts.heartbeatIntervalMs + 40; late++)
      receive(JSON.stringify(createHeartbeat(++n)))
    expect(events).toEqual(['opened'])
  })

  test('additional channels opened by the peer are closed', () => {
    const { connection, channel, events } = start()
    channel.open()
    expect(
      [connection.receiveDataChannel(), connection.receiveDataChannel()].map(({ readyState }) => readyState),
    ).toEqual(['closing', 'closing'])
    expect(events).toEqual(['opened'])
  })
})

describe('heartbeats', () => {
  function exchange() {
    const sent: ChannelMessage[] = []
    const shown: MediaState[] = []
    const listeners = new Set<(message: ChannelMessage) => void>()
    const watchers = new Set<() => void>()
    let now = media
    const channel: DataChannel = {
      send: (message) => void sent.push(message),
      subscribe: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
    const stop = exchangeHeartbeats(channel, {
      readLocal: () => now,
      subscribe: (changed) => {
        watchers.add(changed)
        return () => watchers.delete(changed)
      },
      onRemote: (state) => void shown.push(state),
    })
    const receive = (message: ChannelMessage): void => listeners.forEach((listener) => listener(message))
    const change = (state: MediaState): void => {
      now = state
      watchers.forEach((changed) => changed())
    }
    return { sent, shown, listeners, watchers, stop, receive, change }
  }

  test('heartbeats start at once and follow once per second with increasing numbers', () => {
    const { sent } = exchange()
    vi.advanceTimersByTime(2 * timeouts.heartbeatIntervalMs)
    expect(sent).toEqual([createHeartbeat(1), createHeartbeat(2), createHeartbeat(3)])
  })

  test('a change of the media state sends a heartbeat at once', () => {
    const { sent, change } = exchange()
    const muted = { ...media, microphone: false }
    change(muted)
    expect(sent).toEqual([createHeartbeat(1), createHeartbeat(2, muted)])
  })

  test('the media state of the newest heartbeat is delivered', () => {
    const { shown, receive } = exchange()
    const shared = { ...media, screen: true }
    receive(createHeartbeat(2, shared))
    receive(createHeartbeat(1))
    receive(createHeartbeat(2))
    receive({ type: 'hangup' })
    expect(shown).toEqual([shared])
  })

  test('the stop function ends heartbeats and removes all listeners', () => {
    const { sent, listeners, watchers, stop } = exchange()
    stop()
    vi.advanceTimersByTime(5 * timeouts.heartbeatIntervalMs)
    expect(sent).toHaveLength(1)
    expect([listeners.size, watchers.size, vi.getTimerCount()]).toEqual([0, 0, 0])
  })
})
