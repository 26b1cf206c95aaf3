import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exchangeHeartbeats } from '../../../client/webrtc/heartbeat.ts'
import { type DataChannel, openDataChannel } from '../../../client/webrtc/dataChannel.ts'
import { type ChannelMessage, channelLimits } from '../../../machines/protocol/dataChannelMessages.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { MediaState } from '../../../machines/protocol/messages.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const media: MediaState = { microphone: true, camera: false, screen: false }
const createHeartbeat = (n: number, sent = media): ChannelMessage => ({ type: 'heartbeat', seq: n, media: sent })

/** An RTCDataChannel with its states and messages. */
class FakeChannel extends EventTarget {
  readyState: RTCDataChannelState = 'connecting'
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  readonly sent: ChannelMessage[] = []
  readonly made: unknown[] = []

  createDataChannel(...made: unknown[]): this {
    this.made.push(made)
    return this
  }

  send(text: string): void {
    if (this.readyState !== 'open') throw new DOMException('not open', 'InvalidStateError')
    this.sent.push(JSON.parse(text) as ChannelMessage)
  }

  open(): void {
    this.readyState = 'open'
    this.onopen?.()
  }

  end(): void {
    this.readyState = 'closed'
    this.onclose?.()
  }

  close(): void {
    this.readyState = 'closing'
  }

  hear(data: unknown): void {
    this.onmessage?.({ data })
  }

  /** The peer opens another channel. */
  offer(): { isClosed: boolean } {
    const channel = {
      isClosed: false,
      close: () => {
        channel.isClosed = true
      },
    }
    this.dispatchEvent(Object.assign(new Event('datachannel'), { channel }))
    return channel
  }
}

function start() {
  const line = new FakeChannel()
  const told: string[] = []
  let at = 0
  const talk = openDataChannel(line as unknown as RTCPeerConnection, {
    onOpen: () => {
      told.push('opened')
      return () => told.push('over')
    },
    onFlood: () => void told.push('flooded'),
    now: () => at,
  })
  return {
    line,
    told,
    talk,
    pass: (ms: number) => {
      at += ms
    },
  }
}

describe('data channel', () => {
  test('the channel is negotiated with id 0', () => {
    expect(start().line.made).toEqual([['duet', { negotiated: true, id: 0 }]])
  })

  test('open and close are reported once each', () => {
    const { line, told, talk } = start()
    expect(told).toEqual([])
    line.open()
    expect(told).toEqual(['opened'])
    line.end()
    talk.close()
    expect(told).toEqual(['opened', 'over'])
  })

  test('messages are dropped while the channel is not open', () => {
    const { line, talk } = start()
    talk.send({ type: 'hangup' })
    line.open()
    talk.send(createHeartbeat(1))
    line.end()
    talk.send({ type: 'hangup' })
    expect(line.sent).toEqual([createHeartbeat(1)])
  })

  test('valid messages reach all subscribers until they unsubscribe', () => {
    const { line, talk } = start()
    const [first, second]: ChannelMessage[][] = [[], []]
    const stop = talk.subscribe((message) => first!.push(message))
    talk.subscribe((message) => second!.push(message))
    line.open()
    for (const data of ['noise', '{"type":"hangup","more":1}', new ArrayBuffer(1)]) line.hear(data)
    stop()
    line.hear(JSON.stringify(createHeartbeat(1)))
    expect([first, second]).toEqual([[{ type: 'hangup' }], [{ type: 'hangup' }, createHeartbeat(1)]])
  })

  test('no message is delivered after close', () => {
    const { line, told, talk } = start()
    const heard: unknown[] = []
    talk.subscribe((message) => heard.push(message))
    talk.close()
    line.open()
    line.hear('{"type":"hangup"}')
    expect([told, heard]).toEqual([[], []])
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
    const { line, told, talk } = start()
    let heard = 0
    talk.subscribe(() => {
      heard += 1
    })
    line.open()
    for (let n = 1; n <= count; n++) line.hear(make(n))
    expect(told).toEqual(['opened', 'over', 'flooded'])
    expect(line.readyState).toBe('closing')
    expect(heard).toBeLessThanOrEqual(channelLimits.messages.burst)
  })

  test('an hour of normal traffic, and 90 s of it at once, stay below the limit', () => {
    const { line, told, pass } = start()
    let n = 0
    line.open()
    for (let second = 0; second < 3_600; second++) {
      pass(1_000)
      line.hear(JSON.stringify(createHeartbeat(++n)))
    }
    for (let late = 0; late < timeouts.callLostTimeoutMs / timeouts.heartbeatIntervalMs + 40; late++)
      line.hear(JSON.stringify(createHeartbeat(++n)))
    expect(told).toEqual(['opened'])
  })

  test('additional channels opened by the peer are closed', () => {
    const { line, told } = start()
    line.open()
    expect([line.offer(), line.offer()].map(({ isClosed }) => isClosed)).toEqual([true, true])
    expect(told).toEqual(['opened'])
  })
})

describe('heartbeats', () => {
  function exchange() {
    const said: ChannelMessage[] = []
    const shown: MediaState[] = []
    const listeners = new Set<(message: ChannelMessage) => void>()
    const watchers = new Set<() => void>()
    let now = media
    const channel: DataChannel = {
      send: (message) => void said.push(message),
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
    const hear = (message: ChannelMessage): void => listeners.forEach((listener) => listener(message))
    const change = (state: MediaState): void => {
      now = state
      watchers.forEach((changed) => changed())
    }
    return { said, shown, listeners, watchers, stop, hear, change }
  }

  test('heartbeats start at once and follow once per second with increasing numbers', () => {
    const { said } = exchange()
    vi.advanceTimersByTime(2 * timeouts.heartbeatIntervalMs)
    expect(said).toEqual([createHeartbeat(1), createHeartbeat(2), createHeartbeat(3)])
  })

  test('a change of the media state sends a heartbeat at once', () => {
    const { said, change } = exchange()
    const muted = { ...media, microphone: false }
    change(muted)
    expect(said).toEqual([createHeartbeat(1), createHeartbeat(2, muted)])
  })

  test('the media state of the newest heartbeat is delivered', () => {
    const { shown, hear } = exchange()
    const shared = { ...media, screen: true }
    hear(createHeartbeat(2, shared))
    hear(createHeartbeat(1))
    hear(createHeartbeat(2))
    hear({ type: 'hangup' })
    expect(shown).toEqual([shared])
  })

  test('the stop function ends heartbeats and removes all listeners', () => {
    const { said, listeners, watchers, stop } = exchange()
    stop()
    vi.advanceTimersByTime(5 * timeouts.heartbeatIntervalMs)
    expect(said).toHaveLength(1)
    expect([listeners.size, watchers.size, vi.getTimerCount()]).toEqual([0, 0, 0])
  })
})
