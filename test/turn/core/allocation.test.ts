import { describe, expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { read, readAll } from '../../../turn/stun/message.ts'
import { newTransaction, outcome, type Asker } from '../asker.ts'
import { Desk, relayIp, relayIp6 } from '../desk.ts'

const seconds = 1000
const udp: Attribute = ['requestedTransport', 17]
const peer = { ip: '1.2.3.4', port: 5000 }
const hello = Buffer.from('hello')

describe('an allocation', () => {
  test('has a relayed port of the range, and tells the client its own address', () => {
    const desk = new Desk()
    const asker = desk.client({ remote: { ip: '9.8.7.6', port: 5432 } })
    const answer = asker.ask('allocate', [udp])!
    const relay = read(answer, 'xorRelayedAddress')!
    expect([relay.ip, relay.port >= 50_000 && relay.port <= 50_099]).toEqual([relayIp, true])
    expect([read(answer, 'xorMappedAddress'), read(answer, 'lifetime')]).toEqual([{ ip: '9.8.7.6', port: 5432 }, 600])
    expect([...desk.bound].map(({ local }) => local)).toEqual([relay])
  })

  test.each([[undefined, 600], [0, 600], [1, 600], [599, 600], [1200, 1200], [3600, 3600], [3601, 3600], [0xffffffff, 3600]])(
    'that asks for %s seconds gets %i', (asked, given) => {
      const answer = new Desk().client().ask('allocate', asked === undefined ? [udp] : [udp, ['lifetime', asked]])!
      expect(read(answer, 'lifetime')).toBe(given)
    })

  test('that has expired closes its socket, also where the next Allocate is refused', () => {
    const desk = new Desk({ quotas: { user: 2 } })
    const [anna, sister] = [desk.client({ name: 'anna' }), desk.client({ name: 'anna' })]
    anna.ask('allocate', [udp])
    desk.advance(600 * seconds)
    sister.ask('allocate', [udp])
    anna.freshNonce()
    expect(outcome(anna.ask('allocate', [udp, ['evenPort', true]]))).toBe(486)
    expect(desk.bound.size).toBe(1)
  })

  test('retransmitted has the same answer, byte for byte, and no second socket', () => {
    const desk = new Desk()
    const asker = desk.client()
    const transaction = newTransaction()
    const [first, second] = [asker.ask('allocate', [udp], { transaction })!, asker.ask('allocate', [udp], { transaction })!]
    expect(Buffer.from(second.packet).equals(first.packet)).toBe(true)
    expect([desk.bound.size, desk.core.counters.allocated]).toEqual([1, 1])
  })

  test('of another user is no retransmission, whatever its number', () => {
    const desk = new Desk()
    const asker = desk.client()
    const transaction = newTransaction()
    asker.ask('allocate', [udp], { transaction })
    expect(outcome(asker.ask('allocate', [udp], { ...desk.credentials('bob'), transaction }))).toBe(437)
  })

  test('retransmitted while its socket opens is answered once, when it is open', () => {
    const desk = new Desk()
    const asker = desk.client()
    asker.nonce()
    desk.isSlow = true
    const transaction = newTransaction()
    expect(outcome(asker.ask('allocate', [udp], { transaction }))).toBe('silence')
    expect(outcome(asker.ask('allocate', [udp], { transaction }))).toBe('silence')
    expect(outcome(asker.ask('allocate', [udp]))).toBe(437)
    const before = desk.sent.length
    desk.finishOpening()
    expect([desk.sent.length - before, desk.bound.size]).toEqual([1, 1])
  })

  test('ends at its time, without a clock having to run', () => {
    const desk = new Desk()
    const asker = desk.client()
    asker.allocate()
    desk.advance(600 * seconds - 1)
    asker.freshNonce()
    expect(outcome(asker.ask('createPermission', [['xorPeerAddress', peer]]))).toBe('success')
    desk.advance(1)
    expect(outcome(asker.ask('createPermission', [['xorPeerAddress', peer]]))).toBe(437)
    expect(outcome(asker.ask('allocate', [udp]))).toBe('success')
    expect(desk.bound.size).toBe(1)
  })

  test('refreshed lives on from then', () => {
    const desk = new Desk()
    const asker = desk.client()
    asker.allocate()
    desk.advance(500 * seconds)
    expect(read(asker.ask('refresh', [['lifetime', 900]])!, 'lifetime')).toBe(900)
    desk.advance(899 * seconds)
    desk.expire()
    expect(desk.bound.size).toBe(1)
    desk.advance(1 * seconds)
    desk.expire()
    expect([desk.bound.size, desk.core.allocations.size, desk.core.tally.total]).toEqual([0, 0, 0])
  })

  test('refreshed with zero is gone, and its port free', () => {
    const desk = new Desk({ relayPorts: [50_000, 50_000] })
    const asker = desk.client()
    asker.allocate()
    expect(read(asker.ask('refresh', [['lifetime', 0]])!, 'lifetime')).toBe(0)
    expect(desk.bound.size).toBe(0)
    expect(desk.client().allocate().port).toBe(50_000)
  })

  test('ends with its TCP connection, be it open or opening', () => {
    const desk = new Desk()
    const [open, opening] = [desk.client({ transport: 'tcp' }), desk.client({ transport: 'tcp' })]
    open.allocate()
    opening.nonce()
    desk.isSlow = true
    opening.ask('allocate', [udp])
    desk.hangUp(open.path)
    desk.hangUp(opening.path)
    desk.finishOpening()
    expect([desk.bound.size, desk.core.allocations.size, desk.core.awaited.size, desk.core.tally.total]).toEqual([0, 0, 0, 0])
  })

  test('is counted by the id of its user, across credentials', () => {
    const desk = new Desk({ quotas: { user: 2 } })
    desk.client().allocate()
    desk.advance(1 * seconds)
    const last = desk.client()
    last.allocate()
    expect(outcome(desk.client().ask('allocate', [udp]))).toBe(486)
    expect(outcome(desk.client({ name: 'bob' }).ask('allocate', [udp]))).toBe('success')
    last.ask('refresh', [['lifetime', 0]])
    expect(outcome(desk.client().ask('allocate', [udp]))).toBe('success')
  })
})

describe('relay ports', () => {
  test('are used up to the last one before a 508 is said', () => {
    const desk = new Desk({ relayPorts: [50_000, 50_009] })
    const ports = Array.from({ length: 10 }, () => desk.client().allocate().port)
    expect(new Set(ports).size).toBe(10)
    expect(outcome(desk.client().ask('allocate', [udp]))).toBe(508)
  })

  test('that others hold are passed over', () => {
    const desk = new Desk({ relayPorts: [50_000, 50_009] })
    for (let port = 50_000; port < 50_009; port++) desk.taken.add(port)
    expect(desk.client().allocate().port).toBe(50_009)
    expect([...desk.bound].map(({ local }) => local.port)).toEqual([50_009])
  })

  test('that others hold, all of them, make a 508 that costs nothing', () => {
    const desk = new Desk({ relayPorts: [50_000, 50_009] })
    for (let port = 50_000; port <= 50_009; port++) desk.taken.add(port)
    expect(outcome(desk.client().ask('allocate', [udp]))).toBe(508)
    expect([desk.core.openings.size, desk.core.awaited.size, desk.core.tally.total]).toEqual([0, 0, 0])
    desk.taken.clear()
    expect(outcome(desk.client().ask('allocate', [udp]))).toBe('success')
  })

  test('last for thousands of pairs in a range of ten', () => {
    const desk = new Desk({ relayPorts: [50_000, 50_009] })
    const asker = desk.client()
    for (let i = 0; i < 2000; i++) {
      asker.allocate([['evenPort', i % 2 === 0]])
      asker.ask('refresh', [['lifetime', 0]])
      desk.advance(31 * seconds)
      asker.freshNonce()
      asker.login = desk.credentials('anna')
      desk.expire()
    }
    expect(desk.bound.size).toBe(0)
  })
})

describe('a pair of ports', () => {
  const pair = (asker: Asker) => {
    const answer = asker.ask('allocate', [udp, ['evenPort', true]])!
    return { relay: read(answer, 'xorRelayedAddress')!, token: ['reservationToken', read(answer, 'reservationToken')!] as const }
  }

  test('is even, and the next one waits for its token', () => {
    const desk = new Desk()
    const { relay, token } = pair(desk.client())
    expect(relay.port % 2).toBe(0)
    expect(desk.client().allocate([token]).port).toBe(relay.port + 1)
    expect(desk.bound.size).toBe(2)
  })

  test('is found although its odd port was taken at first', () => {
    const desk = new Desk({ relayPorts: [50_000, 50_003] })
    desk.taken.add(50_001)
    expect(pair(desk.client()).relay.port).toBe(50_002)
    expect([...desk.bound].map(({ local }) => local.port).sort()).toEqual([50_002, 50_003])
  })

  test('waits 30 seconds', () => {
    const desk = new Desk()
    const { token } = pair(desk.client())
    desk.advance(30 * seconds)
    expect(outcome(desk.client().ask('allocate', [udp, token]))).toBe(508)
    desk.expire()
    expect(desk.bound.size).toBe(1)
  })

  test('cannot be claimed by another user, nor twice', () => {
    const desk = new Desk()
    const { token } = pair(desk.client())
    expect(outcome(desk.client({ name: 'bob' }).ask('allocate', [udp, token]))).toBe(508)
    expect(outcome(desk.client().ask('allocate', [udp, token]))).toBe('success')
    expect(outcome(desk.client().ask('allocate', [udp, token]))).toBe(508)
  })
})

describe('families', () => {
  test('IPv6 alone', () => {
    expect(new Desk().client().allocate([['requestedAddressFamily', 2]]).ip).toBe(relayIp6)
  })

  test('both at once', () => {
    const answer = new Desk().client().ask('allocate', [udp, ['additionalAddressFamily', 2]])!
    expect(readAll(answer, 'xorRelayedAddress').map(({ ip }) => ip)).toEqual([relayIp, relayIp6])
  })

  test('both, where there is but one, is that one and a word about the other', () => {
    const desk = new Desk({ relayAddress: (_, family) => (family === 4 ? { local: relayIp, advertised: relayIp } : undefined) })
    const answer = desk.client().ask('allocate', [udp, ['additionalAddressFamily', 2]])!
    expect(readAll(answer, 'xorRelayedAddress').map(({ ip }) => ip)).toEqual([relayIp])
    expect(read(answer, 'addressErrorCode')).toMatchObject({ family: 2, code: 440 })
  })

  test('one of both is deleted by itself, with its permissions', () => {
    const desk = new Desk()
    const asker = desk.client()
    asker.allocate([['additionalAddressFamily', 2]])
    asker.ask('channelBind', [['channelNumber', 0x4000], ['xorPeerAddress', { ip: '2600::1', port: 9 }]])
    expect(outcome(asker.ask('refresh', [['lifetime', 0], ['requestedAddressFamily', 2]]))).toBe('success')
    expect([...desk.bound].map(({ family }) => family)).toEqual([4])
    asker.sendChannelData(0x4000, hello)
    expect(desk.relayed).toEqual([])
    expect(outcome(asker.ask('createPermission', [['xorPeerAddress', { ip: '2600::1', port: 9 }]]))).toBe(443)
  })
})
