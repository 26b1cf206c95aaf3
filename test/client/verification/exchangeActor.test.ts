import { afterEach, describe, expect, test } from 'vitest'
import {
  deliverAll,
  FakeCertificate,
  FakeConnection,
  VerifierEnd,
  FakeTransport,
  createVerifierPair,
} from './verifierPair.ts'

let ends: VerifierEnd[] = []
afterEach(() => ends.splice(0).forEach((end) => end.stop()))

async function compared(): Promise<[VerifierEnd, VerifierEnd]> {
  const both = createVerifierPair()
  ends = both
  await deliverAll(...both)
  return both
}

describe('two ends with nobody in between', () => {
  test('come to the same code, and every pair to another', async () => {
    const codes = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const [one, other] = createVerifierPair()
        await deliverAll(one, other)
        expect([one.state, other.state, one.code]).toEqual(['comparable', 'comparable', other.code])
        const { code } = one
        for (const end of [one, other]) end.stop()
        return code
      }),
    )
    expect(new Set(codes).size).toBe(20)
  })

  test('say one commitment and one nonce each, and nothing else', async () => {
    const both = await compared()
    expect(both.map(({ sent: says }) => says.map(({ type }) => type))).toEqual([
      ['commit', 'reveal'],
      ['commit', 'reveal'],
    ])
  })

  test('are verified each by its own person', async () => {
    const [one, other] = await compared()
    one.answer('confirmed')
    expect([one.state, other.state]).toEqual(['verified', 'comparable'])
    other.answer('denied')
    expect([one.state, other.state]).toEqual(['verified', 'mismatched'])
  })

  test('begin anew with another connection, with another code; the old one’s end changes nothing', async () => {
    const [one, other] = await compared()
    const before = one.code
    for (const end of [one, other]) end.answer('confirmed')
    const closes = [one, other].map((end) => {
      const close = end.open('a3.1')
      end.sent.length = 0
      end.open('a3.2')
      return close
    })
    expect([one.code, one.state]).toEqual([null, 'committing'])
    for (const close of closes) close()
    await deliverAll(one, other)
    expect([one.state, other.state, one.code]).toEqual(['comparable', 'comparable', other.code])
    expect(one.code).not.toBe(before)
  })

  test('have no code any more when the channel is closed', async () => {
    const [one] = await compared()
    one.answer('confirmed')
    one.close()
    expect([one.state, one.code]).toEqual(['idle', null])
  })

  test('of whom one says nothing wait for half a minute', async () => {
    const [one] = (ends = createVerifierPair())
    await one.settled()
    one.clock.increment(29_999)
    expect(one.state).toBe('committed')
    one.clock.increment(1)
    expect([one.state, one.reason]).toEqual(['aborted', 'timedOut'])
  })
})

describe('another certificate', () => {
  const stranger = new FakeCertificate()

  test('on the transport of the channel takes the mark away at once', async () => {
    const [one, other] = await compared()
    one.answer('confirmed')
    one.pc.sctp.transport.setCertificates(stranger)
    expect([one.state, one.reason, other.state]).toEqual(['aborted', 'certificateChanged', 'comparable'])
  })

  test('on a transport that media gets for itself takes it away, too', async () => {
    const [one] = await compared()
    one.answer('confirmed')
    const own = new FakeTransport()
    one.pc.addTransport(own)
    expect(one.state).toBe('verified')
    own.setCertificates(stranger)
    expect([one.state, one.reason]).toEqual(['aborted', 'certificateChanged'])
  })

  test('that media comes from at the beginning keeps a code from being made', async () => {
    const theirs = new FakeCertificate()
    const pc = new FakeConnection(new FakeTransport(theirs), [new FakeTransport(stranger)])
    const end = new VerifierEnd({ role: 'polite', theirs, pc })
    ends = [end]
    await end.settled()
    expect([end.state, end.reason, end.sent]).toEqual(['aborted', 'certificateChanged', []])
  })

  test('is none if a transport of its own ends at the same', async () => {
    const [one, other] = await compared()
    one.pc.addTransport(new FakeTransport(other.own))
    one.pc.sctp.transport.setCertificates(other.own)
    expect(one.state).toBe('comparable')
  })

  test('is looked for no more when the exchange is over', async () => {
    const [one] = await compared()
    one.close()
    one.pc.sctp.transport.setCertificates(stranger)
    expect(one.state).toBe('idle')
  })
})

test('who is shown no certificate makes no code', async () => {
  const end = new VerifierEnd({
    role: 'polite',
    theirs: new FakeCertificate(),
    pc: new FakeConnection(new FakeTransport()),
  })
  ends = [end]
  await end.settled()
  expect([end.state, end.reason]).toEqual(['aborted', 'unsupported'])
})
