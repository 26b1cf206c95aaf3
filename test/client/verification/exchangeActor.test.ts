import { afterEach, describe, expect, test } from 'vitest'
import { carry, Certificate, Connection, End, Transport, twoEnds } from './ends.ts'

let ends: End[] = []
afterEach(() => ends.splice(0).forEach((end) => end.stop()))

async function compared(): Promise<[End, End]> {
  const both = twoEnds()
  ends = both
  await carry(...both)
  return both
}

describe('two ends with nobody in between', () => {
  test('come to the same code, and every pair to another', async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, async () => {
      const [one, other] = twoEnds()
      await carry(one, other)
      expect([one.state, other.state, one.code]).toEqual(['comparable', 'comparable', other.code])
      const { code } = one
      for (const end of [one, other]) end.stop()
      return code
    }))
    expect(new Set(codes).size).toBe(20)
  })

  test('say one commitment and one nonce each, and nothing else', async () => {
    const both = await compared()
    expect(both.map(({ says }) => says.map(({ type }) => type))).toEqual([['commit', 'reveal'], ['commit', 'reveal']])
  })

  test('are verified each by its own person', async () => {
    const [one, other] = await compared()
    one.judges('confirmed')
    expect([one.state, other.state]).toEqual(['verified', 'comparable'])
    other.judges('denied')
    expect([one.state, other.state]).toEqual(['verified', 'mismatched'])
  })

  test('begin anew with another connection, with another code; the old one’s end changes nothing', async () => {
    const [one, other] = await compared()
    const before = one.code
    for (const end of [one, other]) end.judges('confirmed')
    const closes = [one, other].map((end) => {
      const close = end.open('a3.1')
      end.says.length = 0
      end.open('a3.2')
      return close
    })
    expect([one.code, one.state]).toEqual([null, 'committing'])
    for (const close of closes) close()
    await carry(one, other)
    expect([one.state, other.state, one.code]).toEqual(['comparable', 'comparable', other.code])
    expect(one.code).not.toBe(before)
  })

  test('have no code any more when the channel is closed', async () => {
    const [one] = await compared()
    one.judges('confirmed')
    one.close()
    expect([one.state, one.code]).toEqual(['idle', null])
  })

  test('of whom one says nothing wait for half a minute', async () => {
    const [one] = ends = twoEnds()
    await one.rests()
    one.clock.increment(29_999)
    expect(one.state).toBe('committed')
    one.clock.increment(1)
    expect([one.state, one.reason]).toEqual(['aborted', 'silent'])
  })
})

describe('another certificate', () => {
  const stranger = new Certificate()

  test('on the transport of the channel takes the mark away at once', async () => {
    const [one, other] = await compared()
    one.judges('confirmed')
    one.pc.sctp.transport.becomes(stranger)
    expect([one.state, one.reason, other.state]).toEqual(['aborted', 'changed', 'comparable'])
  })

  test('on a transport that media gets for itself takes it away, too', async () => {
    const [one] = await compared()
    one.judges('confirmed')
    const own = new Transport()
    one.pc.adds(own)
    expect(one.state).toBe('verified')
    own.becomes(stranger)
    expect([one.state, one.reason]).toEqual(['aborted', 'changed'])
  })

  test('that media comes from at the beginning keeps a code from being made', async () => {
    const theirs = new Certificate()
    const pc = new Connection(new Transport(theirs), [new Transport(stranger)])
    const end = new End({ role: 'polite', theirs, pc })
    ends = [end]
    await end.rests()
    expect([end.state, end.reason, end.says]).toEqual(['aborted', 'changed', []])
  })

  test('is none if a transport of its own ends at the same', async () => {
    const [one, other] = await compared()
    one.pc.adds(new Transport(other.own))
    one.pc.sctp.transport.becomes(other.own)
    expect(one.state).toBe('comparable')
  })

  test('is looked for no more when the exchange is over', async () => {
    const [one] = await compared()
    one.close()
    one.pc.sctp.transport.becomes(stranger)
    expect(one.state).toBe('idle')
  })
})

test('who is shown no certificate makes no code', async () => {
  const end = new End({ role: 'polite', theirs: new Certificate(), pc: new Connection(new Transport()) })
  ends = [end]
  await end.rests()
  expect([end.state, end.reason]).toEqual(['aborted', 'unsupported'])
})
