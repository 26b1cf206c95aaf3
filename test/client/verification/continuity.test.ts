import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Channel } from '../../../client/webrtc/dataChannel.ts'
import { Continuity } from '../../../client/verification/continuity.ts'
import type { Memory } from '../../../client/common/storage.ts'
import type { ChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import { timers } from '../../../machines/protocol/timeouts.ts'
import type { Message } from '../../../machines/protocol/messages.ts'

/** One tab: its storage outlives its pages. */
class Tab {
  readonly kept = new Map<string, string>()
  readonly memory: Memory = {
    getItem: (name) => this.kept.get(name) ?? null,
    setItem: (name, value) => void this.kept.set(name, value),
    removeItem: (name) => void this.kept.delete(name),
  }
  page: Continuity

  constructor() {
    this.page = this.load()
  }

  load(): Continuity {
    return (this.page = new Continuity(this.memory, 'den', () => now))
  }
}

let now = 0
let [ann, ben, eve] = [new Tab(), new Tab(), new Tab()]
beforeEach(() => {
  now = 1_000_000
  ;[ann, ben, eve] = [new Tab(), new Tab(), new Tab()]
})

const sdpOf = (fingerprint: string): string => `v=0\r\na=fingerprint:sha-256 ${fingerprint}\r\n`
const offer = (connection: string, fingerprint: string): Message<'offer'> => ({ type: 'offer', connection, negotiation: 1, sdp: sdpOf(fingerprint) })
const answer = (connection: string, fingerprint: string): Message<'answer'> => ({ type: 'answer', connection, negotiation: 1, sdp: sdpOf(fingerprint) })

/** One side offers, the other answers, and their data channel opens. True where neither is foreign to the other. */
function connect(one: Tab, other: Tab, connection: string): boolean {
  const [ones, others] = [`ONE ${connection}`, `OTHER ${connection}`]
  const isKnown = !other.page.isForeign(one.page.sign(offer(connection, ones))) && !one.page.isForeign(other.page.sign(answer(connection, others)))
  if (isKnown) openChannel(one.page, other.page, connection, [ones, others])
  return isKnown
}

function openChannel(one: Continuity, other: Continuity, connection: string, [ones, others]: readonly [string, string]): void {
  const said: [ChannelMessage[], ChannelMessage[]] = [[], []]
  const heard: [((message: ChannelMessage) => void)[], ((message: ChannelMessage) => void)[]] = [[], []]
  const end = (which: 0 | 1): Channel => ({
    say: (message) => void said[which].push(message),
    watch: (listener) => { heard[which].push(listener); return () => undefined },
  })
  one.exchange({ connection, channel: end(0), pc: { currentRemoteDescription: { sdp: sdpOf(others) } as RTCSessionDescription } })
  other.exchange({ connection, channel: end(1), pc: { currentRemoteDescription: { sdp: sdpOf(ones) } as RTCSessionDescription } })
  said[0].forEach((message) => heard[1].forEach((listener) => listener(message)))
  said[1].forEach((message) => heard[0].forEach((listener) => listener(message)))
}

test('a proof is an HMAC-SHA-256 under the secret of the page that signs', () => {
  const { proof } = ann.page.sign(offer('a1.1', 'ANN'))
  const { own } = JSON.parse([...ann.kept.values()][0] ?? '') as { own: string }
  const signed = JSON.stringify(['duet continuity 1', 'offer', 'a1.1', 'sha-256 ann'])
  expect(proof).toBe(createHmac('sha256', Buffer.from(own, 'base64url')).update(signed).digest('base64url'))
})

describe('two pages of a call', () => {
  beforeEach(() => { expect(connect(ann, ben, 'a1.1')).toBe(true) })

  test('recognize each other on a new connection', () => {
    expect(connect(ann, ben, 'a1.2')).toBe(true)
    expect(connect(ben, ann, 'b2.1')).toBe(true)
  })

  test('recognize each other after either, or both, were loaded again', () => {
    ann.load()
    expect(connect(ann, ben, 'a3.1')).toBe(true)
    ben.load()
    ann.load()
    expect(connect(ben, ann, 'b4.1')).toBe(true)
  })

  test('do not recognize a page that has nothing of theirs', () => {
    expect(ann.page.isForeign(eve.page.sign(offer('b2.1', 'EVE')))).toBe(true)
    expect(ann.page.isForeign(offer('b2.1', 'EVE'))).toBe(true)
  })

  test('do not recognize another certificate under a proof that was made for theirs', () => {
    const { proof } = ben.page.sign(offer('b2.1', 'BEN'))
    expect(ann.page.isForeign({ ...offer('b2.1', 'EVE'), proof })).toBe(true)
    expect(ann.page.isForeign({ ...offer('b2.2', 'BEN'), proof })).toBe(true)
    expect(ann.page.isForeign({ ...answer('b2.1', 'BEN'), proof })).toBe(true)
  })

  test('do not recognize what they have signed themselves', () => {
    expect(ann.page.isForeign(ann.page.sign(offer('b2.1', 'ANN')))).toBe(true)
  })

  test('recognize the certificate of the connection that they have, with and without a proof, and no other', () => {
    expect(ann.page.isForeign(offer('a1.1', 'OTHER a1.1'))).toBe(false)
    expect(ann.page.isForeign(offer('a1.1', 'EVE'))).toBe(true)
  })

  test('take no certificate that was named before they had met', () => {
    const cleo = new Tab()
    cleo.page.isForeign(offer('b9.1', 'EVE'))
    expect(connect(cleo, eve, 'a5.1')).toBe(true)
    expect(cleo.page.isForeign(offer('b9.1', 'EVE'))).toBe(true)
  })

  test('take a goodbye of each other, and of nobody else', () => {
    expect(ann.page.isForeign(ben.page.sign({ type: 'bye' as const }))).toBe(false)
    expect(ann.page.isForeign(eve.page.sign({ type: 'bye' as const }))).toBe(true)
    expect(ann.page.isForeign({ type: 'bye' })).toBe(true)
    const unsupported = { type: 'bye', reason: 'unsupported' } as const
    expect(ann.page.isForeign(ben.page.sign(unsupported))).toBe(false)
    expect(ann.page.isForeign({ ...ben.page.sign({ type: 'bye' }), reason: 'unsupported' })).toBe(true)
  })

  test('need no proof of the next person once the call is over, and tell that person another secret', () => {
    ann.page.release()
    expect(connect(ann, eve, 'a2.1')).toBe(true)
    // What Eve was told does not make her Ann.
    expect(ben.page.isForeign(eve.page.sign(offer('a3.1', 'EVE')))).toBe(true)
    expect(ben.page.isForeign({ ...offer('a3.1', 'EVE'), proof: ann.page.sign(offer('a3.1', 'EVE')).proof })).toBe(true)
  })

  test('continue where one of them had missed that the other thought the call over', () => {
    ann.page.release()
    expect(connect(ann, ben, 'a2.1')).toBe(true)
    expect(ann.page.isForeign(eve.page.sign(offer('b9.1', 'EVE')))).toBe(true)
  })

  test('start over with a stranger whom the person accepts', () => {
    ann.page.accept()
    expect(connect(ann, eve, 'a2.1')).toBe(true)
    expect(ann.page.isForeign(ben.page.sign(offer('b9.1', 'BEN')))).toBe(true)
  })

  test('continue in another tab that was lent what is kept', () => {
    const tab = new Tab()
    tab.page.adopt(ann.page.lend()!)
    expect(connect(tab, ben, 'a2.1')).toBe(true)
  })

  test.each([[timers.lossPatience, true], [timers.lossPatience + 1, false]])('%i ms after the page was last open it is continued: %s', (later, isKept) => {
    now += later
    ann.load()
    expect(ben.page.isForeign(ann.page.sign(offer('a2.1', 'ANN')))).toBe(!isKept)
  })

  test.each(['', '{', 'null', '[]', '{"own":1,"theirs":null,"at":0}', '{"own":"short","theirs":null,"at":0}'])('what is kept may be damaged (%s): it counts as nothing', (text) => {
    ann.kept.set('duet:bond:den', text)
    ann.load()
    expect(ann.page.lend()).toBeNull()
    expect(ann.page.isForeign(eve.page.sign(offer('b9.1', 'EVE')))).toBe(false)
  })
})

test('a page whose storage is denied still recognizes the other side while it is open', () => {
  const denied = new Continuity(undefined, 'den', () => now)
  const tab = Object.assign(new Tab(), { page: denied })
  expect(connect(tab, ben, 'a1.1')).toBe(true)
  expect(denied.isForeign(offer('b9.1', 'EVE'))).toBe(true)
  expect(connect(tab, ben, 'a1.2')).toBe(true)
})

test('only descriptions and goodbyes carry a proof', () => {
  const media = { type: 'media', microphone: true, camera: true, screen: false } as const
  expect(ann.page.sign(media)).toBe(media)
})
