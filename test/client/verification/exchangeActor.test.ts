import { afterEach, describe, expect, test } from 'vitest'
import { FakeCertificate, FakeDtlsTransport } from '../webrtc/fakeCertificates.ts'
import { addTransport, createSecuredConnection, createVerifierPair, deliverAll, VerifierEnd } from './verifierPair.ts'

let ends: VerifierEnd[] = []
afterEach(() => ends.splice(0).forEach((end) => end.stop()))

async function compared(): Promise<[VerifierEnd, VerifierEnd]> {
  const both = createVerifierPair()
  ends = both
  await deliverAll(...both)
  return both
}

describe('two ends without an attacker', () => {
  test('both ends derive the same code, and every pair a different one', async () => {
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

  test('each end sends exactly one commitment and one nonce', async () => {
    const both = await compared()
    expect(both.map(({ sent }) => sent.map(({ type }) => type))).toEqual([
      ['commit', 'reveal'],
      ['commit', 'reveal'],
    ])
  })

  test('each end is verified by its own user', async () => {
    const [one, other] = await compared()
    one.answer('confirmed')
    expect([one.state, other.state]).toEqual(['verified', 'comparable'])
    other.answer('denied')
    expect([one.state, other.state]).toEqual(['verified', 'mismatched'])
  })

  test('a new connection starts a new exchange, and the end of the old one changes nothing', async () => {
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

  test('a closed channel removes the code', async () => {
    const [one] = await compared()
    one.answer('confirmed')
    one.close()
    expect([one.state, one.code]).toEqual(['idle', null])
  })

  test('an exchange with a silent peer times out after 30 s', async () => {
    const [one] = (ends = createVerifierPair())
    await one.settled()
    one.clock.increment(29_999)
    expect(one.state).toBe('committed')
    one.clock.increment(1)
    expect([one.state, one.reason]).toEqual(['aborted', 'timedOut'])
  })
})

describe('changed certificate', () => {
  const otherCertificate = new FakeCertificate()

  test('a new certificate on the channel’s transport ends the verification at once', async () => {
    const [one, other] = await compared()
    one.answer('confirmed')
    one.pc.sctp!.transport.setCertificates(otherCertificate)
    expect([one.state, one.reason, other.state]).toEqual(['aborted', 'certificateChanged', 'comparable'])
  })

  test('another certificate on a media transport ends the verification', async () => {
    const [one] = await compared()
    one.answer('confirmed')
    const own = new FakeDtlsTransport()
    addTransport(one.pc, own)
    expect(one.state).toBe('verified')
    own.setCertificates(otherCertificate)
    expect([one.state, one.reason]).toEqual(['aborted', 'certificateChanged'])
  })

  test('another certificate on a media transport from the start prevents a code', async () => {
    const theirs = new FakeCertificate()
    const pc = createSecuredConnection(new FakeDtlsTransport(theirs), [new FakeDtlsTransport(otherCertificate)])
    const end = new VerifierEnd({ role: 'polite', theirs, pc })
    ends = [end]
    await end.settled()
    expect([end.state, end.reason, end.sent]).toEqual(['aborted', 'certificateChanged', []])
  })

  test('a second transport with the same certificate changes nothing', async () => {
    const [one, other] = await compared()
    addTransport(one.pc, new FakeDtlsTransport(other.own))
    one.pc.sctp!.transport.setCertificates(other.own)
    expect(one.state).toBe('comparable')
  })

  test('certificates are not checked after the exchange', async () => {
    const [one] = await compared()
    one.close()
    one.pc.sctp!.transport.setCertificates(otherCertificate)
    expect(one.state).toBe('idle')
  })
})

test('a page without a peer certificate derives no code', async () => {
  const end = new VerifierEnd({
    role: 'polite',
    theirs: new FakeCertificate(),
    pc: createSecuredConnection(new FakeDtlsTransport()),
  })
  ends = [end]
  await end.settled()
  expect([end.state, end.reason]).toEqual(['aborted', 'unsupported'])
})
