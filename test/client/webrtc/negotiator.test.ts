import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { PeerConnection } from '../../../client/webrtc/peerConnection.ts'
import { Tracks } from '../../../client/media/localTracks.ts'
import type { PeerConnectionEvent, PeerConnectionCommand } from '../../../machines/call/callEvents.ts'
import { parseIceUfrag } from '../../../machines/protocol/iceCandidate.ts'
import { FakePeerNetwork } from './fakePeerNetwork.ts'
import { PeerConnectionPartsStub } from '../interleavings/peerConnectionPartsStub.ts'
import { flushTasks } from '../interleavings/interleavingProperty.ts'
import { immediateScheduler } from '../common/taskScheduler.ts'
import { FakeTrack } from '../common/fakes.ts'

/**
 * Two peers on fake connections that follow the specification (fakeNegotiation.ts). The tests exchange
 * their descriptions.
 */

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

class Side {
  readonly tracks = new Tracks()
  readonly partsStub = new PeerConnectionPartsStub(immediateScheduler, this.tracks)
  readonly events: PeerConnectionEvent[] = []
  readonly peer: PeerConnection

  constructor(relayOnly = false) {
    this.peer = new PeerConnection(
      this.partsStub.parts,
      { connection: 'a1.1', relayOnly },
      (fact) => void this.events.push(fact),
    )
  }

  async execute(command: PeerConnectionCommand): Promise<void> {
    this.peer.execute(command)
    await flushTasks()
  }

  description(type: 'offer.created' | 'answer.created') {
    const made = this.events.findLast((fact) => fact.type === type)
    if (made?.type !== type) throw new Error(`no ${type}`)
    const { connection, negotiation, sdp } = made
    return { connection, negotiation, sdp }
  }

  get count() {
    return (type: PeerConnectionEvent['type']): number => this.events.filter((fact) => fact.type === type).length
  }
}

let network: FakePeerNetwork

async function startPair(relayOnly = false): Promise<[Side, Side]> {
  network = new FakePeerNetwork(immediateScheduler)
  vi.stubGlobal('RTCPeerConnection', network.RTCPeerConnection)
  vi.stubGlobal(
    'MediaStream',
    class {
      addTrack(): void {}
    },
  )
  const sides: [Side, Side] = [new Side(relayOnly), new Side(relayOnly)]
  await flushTasks()
  return sides
}

/** The first side offers, the second answers, and both exchange their candidates. */
async function agree([one, other]: [Side, Side], negotiation: number, restart: boolean): Promise<void> {
  await one.execute({ type: 'createOffer', negotiation, iceRestart: restart })
  await other.execute({ type: 'applyOffer', ...one.description('offer.created') })
  await one.execute({ type: 'applyAnswer', ...other.description('answer.created') })
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const gathered = from.events.findLast((fact) => fact.type === 'candidate.gathered')
    if (gathered?.type === 'candidate.gathered')
      await to.execute({ type: 'addCandidate', candidate: gathered.candidate })
  }
}

const ufrags = ([one, other]: [Side, Side]) => [
  parseIceUfrag(one.description('offer.created').sdp),
  parseIceUfrag(other.description('answer.created').sdp),
]
const serversOf = () => network.connections.map((pc) => pc.getConfiguration().iceServers)

describe('ICE restart', () => {
  test('both sides fetch new credentials for a restart', async () => {
    const sides = await startPair()
    await agree(sides, 1, false)
    expect(sides.map(({ partsStub }) => partsStub.iceServerFetches)).toEqual([0, 0])
    const before = ufrags(sides)
    await agree(sides, 2, true)
    expect(sides.map(({ partsStub }) => partsStub.iceServerFetches)).toEqual([1, 1])
    expect(serversOf()).toEqual(sides.map(() => [{ urls: 'stun:192.0.2.1?1' }]))
    for (const [index, ufrag] of ufrags(sides).entries()) expect(ufrag).not.toBe(before[index])
    expect(network.violations).toEqual([])
  })

  test('transport.connected is reported again after a restart', async () => {
    const sides = await startPair()
    await agree(sides, 1, false)
    expect(sides.map(({ count }) => count('transport.connected'))).toEqual([1, 1])
    for (const pc of network.connections) pc.losePath('failed')
    await flushTasks()
    await agree(sides, 2, true)
    expect(sides.map(({ count }) => count('transport.connected'))).toEqual([2, 2])
  })

  test.each([
    ['as Chromium', 0],
    ['as Firefox, which forgets its role', 1],
  ])('both sides keep their DTLS roles if the answerer acts %s', async (_, which) => {
    const sides = await startPair()
    const [asked, asks] = [sides[which]!, sides[1 - which]!]
    await agree([asked, asks], 1, false)
    await agree([asks, asked], 2, true)
    await agree([asks, asked], 3, false)
    await agree([asked, asks], 4, true)
    expect(asked.events.concat(asks.events).filter(({ type }) => type === 'connection.failed')).toEqual([])
    expect(network.violations).toEqual([])
  })

  test('the data channel and its exchange survive a restart', async () => {
    const sides = await startPair()
    await agree(sides, 1, false)
    const talks = sides.map(({ partsStub }) => partsStub.openChannels[0])
    expect(talks.every(Boolean)).toBe(true)
    await agree(sides, 2, true)
    expect(sides.map(({ partsStub }) => partsStub.openChannels)).toEqual(talks.map((talk) => [talk]))
  })
})

test('a candidate that the browser rejects is a trace entry, and the call goes on', async () => {
  const sides = await startPair()
  await agree(sides, 1, false)
  const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'unknown' }
  await sides[0].execute({ type: 'addCandidate', candidate })
  expect(sides[0].partsStub.traced).toEqual(['candidate.rejected'])
  expect(sides[0].count('connection.failed')).toBe(0)
})

test('an offer collision fails the polite side on a connection in use, but not on a new one', async () => {
  const sides = await startPair()
  const [one, other] = sides
  for (const [negotiation, broken] of [
    [1, 0],
    [3, 1],
  ] as const) {
    await one.execute({ type: 'createOffer', negotiation, iceRestart: negotiation > 1 })
    await other.execute({ type: 'createOffer', negotiation, iceRestart: negotiation > 1 })
    await other.execute({ type: 'applyOffer', ...one.description('offer.created') })
    expect(other.count('connection.failed')).toBe(broken)
    if (broken === 0) await one.execute({ type: 'applyAnswer', ...other.description('answer.created') })
  }
})

test('an offer without an ICE restart fetches no credentials on either side', async () => {
  const sides = await startPair()
  await agree(sides, 1, false)
  await agree(sides, 2, false)
  expect(sides.map(({ partsStub }) => partsStub.iceServerFetches)).toEqual([0, 0])
})

test('each connection has its own certificate, and relayOnly sets the transport policy', async () => {
  await startPair(true)
  const configurations = network.connections.map((pc) => pc.getConfiguration())
  expect(configurations.map(({ iceTransportPolicy }) => iceTransportPolicy)).toEqual(['relay', 'relay'])
  expect(configurations.map(({ certificates }) => certificates)).toEqual(network.certificates.map((each) => [each]))
  expect(network.certificates).toHaveLength(2)
})

describe('hang-up', () => {
  async function part(): Promise<[Side, Side]> {
    const sides = await startPair()
    sides[0].tracks.set('camera', new FakeTrack('video'))
    await agree(sides, 1, false)
    await sides[0].execute({ type: 'sendHangup' })
    sides[0].peer.close()
    await flushTasks()
    return sides
  }

  test('a hang-up reaches the peer over the data channel', async () => {
    const [, other] = await part()
    expect(other.count('hangup.received')).toBe(1)
  })

  test('the connection stays open for 300 ms after a hang-up and sends no media', async () => {
    await part()
    const [pc] = network.connections
    expect([pc?.isClosed, pc?.hasStoppedSending]).toEqual([false, true])
    vi.advanceTimersByTime(299)
    expect(pc?.isClosed).toBe(false)
    vi.advanceTimersByTime(1)
    expect(pc?.closeCount).toBe(1)
  })

  test('a connection without a hang-up closes at once', async () => {
    const [one] = await startPair()
    one.peer.close()
    expect(network.connections[0]?.isClosed).toBe(true)
  })
})
