import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { DataChannel } from '../../../client/webrtc/dataChannel.ts'
import { Continuity } from '../../../client/verification/continuity.ts'
import type { KeyValueStorage } from '../../../client/common/storage.ts'
import type { ChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { Message } from '../../../machines/protocol/messages.ts'

/** One tab: its storage outlives its pages. */
class Tab {
  readonly entries = new Map<string, string>()
  readonly storage: KeyValueStorage = {
    getItem: (name) => this.entries.get(name) ?? null,
    setItem: (name, value) => void this.entries.set(name, value),
    removeItem: (name) => void this.entries.delete(name),
  }
  page: Continuity

  constructor() {
    this.page = this.load()
  }

  load(): Continuity {
    return (this.page = new Continuity(this.storage, 'den', () => now))
  }
}

let now = 0
let [ann, ben, eve] = [new Tab(), new Tab(), new Tab()]
beforeEach(() => {
  now = 1_000_000
  ;[ann, ben, eve] = [new Tab(), new Tab(), new Tab()]
})

const sdpOf = (fingerprint: string): string => `v=0\r\na=fingerprint:sha-256 ${fingerprint}\r\n`
const offer = (connection: string, fingerprint: string): Message<'offer'> => ({
  type: 'offer',
  connection,
  negotiation: 1,
  sdp: sdpOf(fingerprint),
})
const answer = (connection: string, fingerprint: string): Message<'answer'> => ({
  type: 'answer',
  connection,
  negotiation: 1,
  sdp: sdpOf(fingerprint),
})

/** One side offers, the other answers, and their data channel opens. True where neither is foreign to the other. */
function connect(one: Tab, other: Tab, connection: string): boolean {
  const [ones, others] = [`ONE ${connection}`, `OTHER ${connection}`]
  const isKnown =
    !other.page.isUnauthenticated(one.page.sign(offer(connection, ones))) &&
    !one.page.isUnauthenticated(other.page.sign(answer(connection, others)))
  if (isKnown) openChannel(one.page, other.page, connection, [ones, others])
  return isKnown
}

function openChannel(
  one: Continuity,
  other: Continuity,
  connection: string,
  [ones, others]: readonly [string, string],
): void {
  const said: [ChannelMessage[], ChannelMessage[]] = [[], []]
  const heard: [((message: ChannelMessage) => void)[], ((message: ChannelMessage) => void)[]] = [[], []]
  const end = (which: 0 | 1): DataChannel => ({
    send: (message) => void said[which].push(message),
    subscribe: (listener) => {
      heard[which].push(listener)
      return () => undefined
    },
  })
  one.exchangeSecrets({
    connection,
    channel: end(0),
    pc: { currentRemoteDescription: { sdp: sdpOf(others) } as RTCSessionDescription },
  })
  other.exchangeSecrets({
    connection,
    channel: end(1),
    pc: { currentRemoteDescription: { sdp: sdpOf(ones) } as RTCSessionDescription },
  })
  said[0].forEach((message) => heard[1].forEach((listener) => listener(message)))
  said[1].forEach((message) => heard[0].forEach((listener) => listener(message)))
}

test('a proof is an HMAC-SHA-256 under the secret of the page that signs', () => {
  const { proof } = ann.page.sign(offer('a1.1', 'ANN'))
  const { ownSecret } = JSON.parse([...ann.entries.values()][0] ?? '') as { ownSecret: string }
  const signed = JSON.stringify(['duet continuity 1', 'offer', 'a1.1', 'sha-256 ann'])
  expect(proof).toBe(createHmac('sha256', Buffer.from(ownSecret, 'base64url')).update(signed).digest('base64url'))
})

describe('two pages of a call', () => {
  beforeEach(() => {
    expect(connect(ann, ben, 'a1.1')).toBe(true)
  })

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
    expect(ann.page.isUnauthenticated(eve.page.sign(offer('b2.1', 'EVE')))).toBe(true)
    expect(ann.page.isUnauthenticated(offer('b2.1', 'EVE'))).toBe(true)
  })

  test('do not recognize another certificate under a proof that was made for theirs', () => {
    const { proof } = ben.page.sign(offer('b2.1', 'BEN'))
    expect(ann.page.isUnauthenticated({ ...offer('b2.1', 'EVE'), proof })).toBe(true)
    expect(ann.page.isUnauthenticated({ ...offer('b2.2', 'BEN'), proof })).toBe(true)
    expect(ann.page.isUnauthenticated({ ...answer('b2.1', 'BEN'), proof })).toBe(true)
  })

  test('do not recognize what they have signed themselves', () => {
    expect(ann.page.isUnauthenticated(ann.page.sign(offer('b2.1', 'ANN')))).toBe(true)
  })

  test('recognize the certificate of the connection that they have, with and without a proof, and no other', () => {
    expect(ann.page.isUnauthenticated(offer('a1.1', 'OTHER a1.1'))).toBe(false)
    expect(ann.page.isUnauthenticated(offer('a1.1', 'EVE'))).toBe(true)
  })

  test('take no certificate that was named before they had met', () => {
    const cleo = new Tab()
    cleo.page.isUnauthenticated(offer('b9.1', 'EVE'))
    expect(connect(cleo, eve, 'a5.1')).toBe(true)
    expect(cleo.page.isUnauthenticated(offer('b9.1', 'EVE'))).toBe(true)
  })

  test('take a goodbye of each other, and of nobody else', () => {
    expect(ann.page.isUnauthenticated(ben.page.sign({ type: 'hangup' as const }))).toBe(false)
    expect(ann.page.isUnauthenticated(eve.page.sign({ type: 'hangup' as const }))).toBe(true)
    expect(ann.page.isUnauthenticated({ type: 'hangup' })).toBe(true)
    const unsupported = { type: 'hangup', reason: 'unsupported' } as const
    expect(ann.page.isUnauthenticated(ben.page.sign(unsupported))).toBe(false)
    expect(ann.page.isUnauthenticated({ ...ben.page.sign({ type: 'hangup' }), reason: 'unsupported' })).toBe(true)
  })

  test('need no proof of the next person once the call is over, and tell that person another secret', () => {
    ann.page.waiveProof()
    expect(connect(ann, eve, 'a2.1')).toBe(true)
    // What Eve was told does not make her Ann.
    expect(ben.page.isUnauthenticated(eve.page.sign(offer('a3.1', 'EVE')))).toBe(true)
    expect(
      ben.page.isUnauthenticated({ ...offer('a3.1', 'EVE'), proof: ann.page.sign(offer('a3.1', 'EVE')).proof }),
    ).toBe(true)
  })

  test('continue where one of them had missed that the other thought the call over', () => {
    ann.page.waiveProof()
    expect(connect(ann, ben, 'a2.1')).toBe(true)
    expect(ann.page.isUnauthenticated(eve.page.sign(offer('b9.1', 'EVE')))).toBe(true)
  })

  test('start over with a stranger whom the person accepts', () => {
    ann.page.acceptPeer()
    expect(connect(ann, eve, 'a2.1')).toBe(true)
    expect(ann.page.isUnauthenticated(ben.page.sign(offer('b9.1', 'BEN')))).toBe(true)
  })

  test('continue in another tab that was lent what is kept', () => {
    const tab = new Tab()
    tab.page.importSecrets(ann.page.exportSecrets()!)
    expect(connect(tab, ben, 'a2.1')).toBe(true)
  })

  test.each([
    [timeouts.callLostTimeoutMs, true],
    [timeouts.callLostTimeoutMs + 1, false],
  ])('%i ms after the page was last open it is continued: %s', (later, isKept) => {
    now += later
    ann.load()
    expect(ben.page.isUnauthenticated(ann.page.sign(offer('a2.1', 'ANN')))).toBe(!isKept)
  })

  test.each([
    '',
    '{',
    'null',
    '[]',
    '{"ownSecret":1,"peerSecret":null,"at":0}',
    '{"ownSecret":"short","peerSecret":null,"at":0}',
  ])('what is kept may be damaged (%s): it counts as nothing', (text) => {
    ann.entries.set('duet:continuity:den', text)
    ann.load()
    expect(ann.page.exportSecrets()).toBeNull()
    expect(ann.page.isUnauthenticated(eve.page.sign(offer('b9.1', 'EVE')))).toBe(false)
  })
})

test('a page whose storage is denied still recognizes the other side while it is open', () => {
  const denied = new Continuity(undefined, 'den', () => now)
  const tab = Object.assign(new Tab(), { page: denied })
  expect(connect(tab, ben, 'a1.1')).toBe(true)
  expect(denied.isUnauthenticated(offer('b9.1', 'EVE'))).toBe(true)
  expect(connect(tab, ben, 'a1.2')).toBe(true)
})

test('only descriptions and goodbyes carry a proof', () => {
  const media = { type: 'media', microphone: true, camera: true, screen: false } as const
  expect(ann.page.sign(media)).toBe(media)
})
