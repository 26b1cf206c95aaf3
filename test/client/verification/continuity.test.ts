import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { DataChannel } from '../../../client/webrtc/dataChannel.ts'
import { Continuity } from '../../../client/verification/continuity.ts'
import type { ChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { Message } from '../../../machines/protocol/messages.ts'
import { createMemoryStorage } from '../common/memoryStorage.ts'

/** One tab. Its storage survives its pages. */
class Tab {
  readonly entries = new Map<string, string>()
  readonly storage = createMemoryStorage(this.entries)
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

/** One side offers, the other answers, and their data channel opens. Returns true if neither is unauthenticated. */
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
  const sent: [ChannelMessage[], ChannelMessage[]] = [[], []]
  const listeners: [((message: ChannelMessage) => void)[], ((message: ChannelMessage) => void)[]] = [[], []]
  const end = (which: 0 | 1): DataChannel => ({
    send: (message) => void sent[which].push(message),
    subscribe: (listener) => {
      listeners[which].push(listener)
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
  sent[0].forEach((message) => listeners[1].forEach((listener) => listener(message)))
  sent[1].forEach((message) => listeners[0].forEach((listener) => listener(message)))
}

test('a proof is an HMAC-SHA-256 with the secret of the signing page', () => {
  const { proof } = ann.page.sign(offer('a1.1', 'ANN'))
  const { ownSecret } = JSON.parse([...ann.entries.values()][0] ?? '') as { ownSecret: string }
  const signed = JSON.stringify(['duet continuity 1', 'offer', 'a1.1', 'sha-256 ann'])
  expect(proof).toBe(createHmac('sha256', Buffer.from(ownSecret, 'base64url')).update(signed).digest('base64url'))
})

describe('two pages of a call', () => {
  beforeEach(() => {
    expect(connect(ann, ben, 'a1.1')).toBe(true)
  })

  test('two pages authenticate each other on a new connection', () => {
    expect(connect(ann, ben, 'a1.2')).toBe(true)
    expect(connect(ben, ann, 'b2.1')).toBe(true)
  })

  test('two pages authenticate each other after one or both reload', () => {
    ann.load()
    expect(connect(ann, ben, 'a3.1')).toBe(true)
    ben.load()
    ann.load()
    expect(connect(ben, ann, 'b4.1')).toBe(true)
  })

  test('a page without their secrets is unauthenticated', () => {
    expect(ann.page.isUnauthenticated(eve.page.sign(offer('b2.1', 'EVE')))).toBe(true)
    expect(ann.page.isUnauthenticated(offer('b2.1', 'EVE'))).toBe(true)
  })

  test('a proof does not authenticate another certificate or connection', () => {
    const { proof } = ben.page.sign(offer('b2.1', 'BEN'))
    expect(ann.page.isUnauthenticated({ ...offer('b2.1', 'EVE'), proof })).toBe(true)
    expect(ann.page.isUnauthenticated({ ...offer('b2.2', 'BEN'), proof })).toBe(true)
    expect(ann.page.isUnauthenticated({ ...answer('b2.1', 'BEN'), proof })).toBe(true)
  })

  test('a page does not accept its own proof', () => {
    expect(ann.page.isUnauthenticated(ann.page.sign(offer('b2.1', 'ANN')))).toBe(true)
  })

  test('the certificate of the current connection needs no proof, and any other does', () => {
    expect(ann.page.isUnauthenticated(offer('a1.1', 'OTHER a1.1'))).toBe(false)
    expect(ann.page.isUnauthenticated(offer('a1.1', 'EVE'))).toBe(true)
  })

  test('a certificate named before the first call is not trusted', () => {
    const cleo = new Tab()
    cleo.page.isUnauthenticated(offer('b9.1', 'EVE'))
    expect(connect(cleo, eve, 'a5.1')).toBe(true)
    expect(cleo.page.isUnauthenticated(offer('b9.1', 'EVE'))).toBe(true)
  })

  test('a hang-up needs the proof of the peer', () => {
    expect(ann.page.isUnauthenticated(ben.page.sign({ type: 'hangup' as const }))).toBe(false)
    expect(ann.page.isUnauthenticated(eve.page.sign({ type: 'hangup' as const }))).toBe(true)
    expect(ann.page.isUnauthenticated({ type: 'hangup' })).toBe(true)
    const unsupported = { type: 'hangup', reason: 'unsupported' } as const
    expect(ann.page.isUnauthenticated(ben.page.sign(unsupported))).toBe(false)
    expect(ann.page.isUnauthenticated({ ...ben.page.sign({ type: 'hangup' }), reason: 'unsupported' })).toBe(true)
  })

  test('after the call the next peer needs no proof and gets a new secret', () => {
    ann.page.waiveProof()
    expect(connect(ann, eve, 'a2.1')).toBe(true)
    // The secret sent to Eve does not prove that she is Ann.
    expect(ben.page.isUnauthenticated(eve.page.sign(offer('a3.1', 'EVE')))).toBe(true)
    expect(
      ben.page.isUnauthenticated({ ...offer('a3.1', 'EVE'), proof: ann.page.sign(offer('a3.1', 'EVE')).proof }),
    ).toBe(true)
  })

  test('two pages continue if only one of them waived the proof', () => {
    ann.page.waiveProof()
    expect(connect(ann, ben, 'a2.1')).toBe(true)
    expect(ann.page.isUnauthenticated(eve.page.sign(offer('b9.1', 'EVE')))).toBe(true)
  })

  test('a page accepts a new peer after the user confirms', () => {
    ann.page.acceptPeer()
    expect(connect(ann, eve, 'a2.1')).toBe(true)
    expect(ann.page.isUnauthenticated(ben.page.sign(offer('b9.1', 'BEN')))).toBe(true)
  })

  test('a tab that continues after another one knows whether that one had the same peer', () => {
    const tab = new Tab()
    const isOfSamePeer = (): boolean => ann.page.isOfKnownPeer(tab.page.exportSecrets()!)
    tab.page.importSecrets(ann.page.exportSecrets()!)
    expect(connect(tab, ben, 'second')).toBe(true)
    expect(isOfSamePeer()).toBe(true)
    tab.page.waiveProof()
    expect(connect(tab, eve, 'third')).toBe(true)
    expect(isOfSamePeer()).toBe(false)
    for (const malformed of ['', '{}', 'null']) expect(ann.page.isOfKnownPeer(malformed)).toBe(false)
    expect(new Tab().page.isOfKnownPeer(JSON.stringify({ ownSecret: null, peerSecret: null }))).toBe(false)
  })

  test('another tab continues the call with the exported secrets', () => {
    const tab = new Tab()
    tab.page.importSecrets(ann.page.exportSecrets()!)
    expect(connect(tab, ben, 'a2.1')).toBe(true)
  })

  test.each([
    [timeouts.callLostTimeoutMs, true],
    [timeouts.callLostTimeoutMs + 1, false],
  ])('%i ms after the last save the secrets are loaded: %s', (later, isKept) => {
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
  ])('damaged stored secrets (%s) are ignored', (text) => {
    ann.entries.set('duet:continuity:den', text)
    ann.load()
    expect(ann.page.exportSecrets()).toBeNull()
    expect(ann.page.isUnauthenticated(eve.page.sign(offer('b9.1', 'EVE')))).toBe(false)
  })
})

test('a page without storage authenticates its peer while it is open', () => {
  const denied = new Continuity(undefined, 'den', () => now)
  const tab = Object.assign(new Tab(), { page: denied })
  expect(connect(tab, ben, 'a1.1')).toBe(true)
  expect(denied.isUnauthenticated(offer('b9.1', 'EVE'))).toBe(true)
  expect(connect(tab, ben, 'a1.2')).toBe(true)
})

test('only descriptions and hang-ups carry a proof', () => {
  const media = { type: 'media', microphone: true, camera: true, screen: false } as const
  expect(ann.page.sign(media)).toBe(media)
})
