import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Peer } from '../../../client/webrtc/peerConnection.ts'
import { Tracks } from '../../../client/media/localTracks.ts'
import type { ConnectionFact, ConnectionOrder } from '../../../machines/call/callEvents.ts'
import { ufragOf } from '../../../machines/protocol/iceCandidate.ts'
import { Air } from '../interleavings/air.ts'
import { Household } from '../interleavings/household.ts'
import { settle } from '../interleavings/judge.ts'
import { prompt } from '../interleavings/socket.ts'
import { FakeTrack } from '../common/fakes.ts'

/** Two peers on connections that keep to the rules (interleavings/signalling.ts), and who hands over what they describe. */

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

class Side {
  readonly tracks = new Tracks()
  readonly household = new Household(prompt, this.tracks)
  readonly facts: ConnectionFact[] = []
  readonly peer: Peer

  constructor(relayOnly = false) {
    this.peer = new Peer(this.household.parts, { connection: 'a1.1', relayOnly }, (fact) => void this.facts.push(fact))
  }

  async obey(order: ConnectionOrder): Promise<void> {
    this.peer.obey(order)
    await settle()
  }

  description(type: 'offer.made' | 'answer.made') {
    const made = this.facts.findLast((fact) => fact.type === type)
    if (made?.type !== type) throw new Error(`no ${type}`)
    const { connection, negotiation, sdp } = made
    return { connection, negotiation, sdp }
  }

  get count() {
    return (type: ConnectionFact['type']): number => this.facts.filter((fact) => fact.type === type).length
  }
}

let air: Air

async function startPair(relayOnly = false): Promise<[Side, Side]> {
  air = new Air(prompt)
  vi.stubGlobal('RTCPeerConnection', air.RTCPeerConnection)
  vi.stubGlobal('MediaStream', class { addTrack(): void {} })
  const sides: [Side, Side] = [new Side(relayOnly), new Side(relayOnly)]
  await settle()
  return sides
}

/** The first offers, the second answers, and each is told the other's addresses. */
async function agree([one, other]: [Side, Side], negotiation: number, restart: boolean): Promise<void> {
  await one.obey({ type: 'make.offer', negotiation, restart })
  await other.obey({ type: 'take.offer', ...one.description('offer.made') })
  await one.obey({ type: 'take.answer', ...other.description('answer.made') })
  for (const [from, to] of [[one, other], [other, one]] as const) {
    const gathered = from.facts.findLast((fact) => fact.type === 'candidate.gathered')
    if (gathered?.type === 'candidate.gathered') await to.obey({ type: 'take.candidate', candidate: gathered.candidate })
  }
}

const ufrags = ([one, other]: [Side, Side]) => [ufragOf(one.description('offer.made').sdp), ufragOf(other.description('answer.made').sdp)]
const serversOf = () => air.connections.map((pc) => pc.getConfiguration().iceServers)

describe('a restart', () => {
  test('is made with credentials as new as can be had, by both sides', async () => {
    const sides = await startPair()
    await agree(sides, 1, false)
    expect(sides.map(({ household }) => household.renewals)).toEqual([0, 0])
    const before = ufrags(sides)
    await agree(sides, 2, true)
    expect(sides.map(({ household }) => household.renewals)).toEqual([1, 1])
    expect(serversOf()).toEqual(sides.map(() => [{ urls: 'stun:192.0.2.1?1' }]))
    for (const [index, ufrag] of ufrags(sides).entries()) expect(ufrag).not.toBe(before[index])
    expect(air.complaints).toEqual([])
  })

  test('lets be heard again that the path is open', async () => {
    const sides = await startPair()
    await agree(sides, 1, false)
    expect(sides.map(({ count }) => count('path.opened'))).toEqual([1, 1])
    for (const pc of air.connections) pc.lose('failed')
    await settle()
    await agree(sides, 2, true)
    expect(sides.map(({ count }) => count('path.opened'))).toEqual([2, 2])
  })

  test.each([['as Chromium', 0], ['as Firefox, which forgets it', 1]])('leaves each the end of DTLS that it had, who answers %s', async (_, which) => {
    const sides = await startPair()
    const [asked, asks] = [sides[which]!, sides[1 - which]!]
    await agree([asked, asks], 1, false)
    await agree([asks, asked], 2, true)
    await agree([asks, asked], 3, false)
    await agree([asked, asks], 4, true)
    expect(asked.facts.concat(asks.facts).filter(({ type }) => type === 'connection.broke')).toEqual([])
    expect(air.complaints).toEqual([])
  })

  test('keeps the channel, and those in confidence', async () => {
    const sides = await startPair()
    await agree(sides, 1, false)
    const talks = sides.map(({ household }) => household.confided[0])
    expect(talks.every(Boolean)).toBe(true)
    await agree(sides, 2, true)
    expect(sides.map(({ household }) => household.confided)).toEqual(talks.map((talk) => [talk]))
  })
})

test('offers that cross on a connection in use end it for the one who yields; before it is used they do not', async () => {
  const sides = await startPair()
  const [one, other] = sides
  for (const [negotiation, broken] of [[1, 0], [3, 1]] as const) {
    await one.obey({ type: 'make.offer', negotiation, restart: negotiation > 1 })
    await other.obey({ type: 'make.offer', negotiation, restart: negotiation > 1 })
    await other.obey({ type: 'take.offer', ...one.description('offer.made') })
    expect(other.count('connection.broke')).toBe(broken)
    if (broken === 0) await one.obey({ type: 'take.answer', ...other.description('answer.made') })
  }
})

test('an offer that restarts nothing asks for no credentials, on either side', async () => {
  const sides = await startPair()
  await agree(sides, 1, false)
  await agree(sides, 2, false)
  expect(sides.map(({ household }) => household.renewals)).toEqual([0, 0])
})

test('each connection has a certificate of its own, and goes by the relay alone where it has to', async () => {
  await startPair(true)
  const configurations = air.connections.map((pc) => pc.getConfiguration())
  expect(configurations.map(({ iceTransportPolicy }) => iceTransportPolicy)).toEqual(['relay', 'relay'])
  expect(configurations.map(({ certificates }) => certificates)).toEqual([[{ n: 1 }], [{ n: 2 }]])
})

describe('a good-bye', () => {
  async function part(): Promise<[Side, Side]> {
    const sides = await startPair()
    sides[0].tracks.set('camera', new FakeTrack('video') as unknown as MediaStreamTrack)
    await agree(sides, 1, false)
    await sides[0].obey({ type: 'say.bye' })
    sides[0].peer.close()
    await settle()
    return sides
  }

  test('reaches the other side past the server', async () => {
    const [, other] = await part()
    expect(other.count('bye.received')).toBe(1)
  })

  test('has three tenths of a second to leave, in which nothing is sent any more', async () => {
    await part()
    const [pc] = air.connections
    expect([pc?.isClosed, pc?.isHushed]).toEqual([false, true])
    vi.advanceTimersByTime(299)
    expect(pc?.isClosed).toBe(false)
    vi.advanceTimersByTime(1)
    expect(pc?.closings).toBe(1)
  })

  test('is not waited for where none was said', async () => {
    const [one] = await startPair()
    one.peer.close()
    expect(air.connections[0]?.isClosed).toBe(true)
  })
})
