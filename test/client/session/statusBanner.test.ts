import { createActor, fromCallback, SimulatedClock } from 'xstate'
import { describe, expect, test } from 'vitest'
import { watchTrouble, wordOf } from '../../../client/session/statusBanner.ts'
import type { CallFact, ConnectionFact, ConnectionInput, ConnectionOrder } from '../../../machines/call/callEvents.ts'
import { call } from '../../../machines/call/callMachine.ts'
import { notice } from '../../../machines/status/statusBannerMachine.ts'
import { quality, worseSamples } from '../../../machines/status/qualityMachine.ts'
import { timers } from '../../../machines/protocol/timeouts.ts'
import { visit, type VisitFact } from '../../../machines/membership/membershipMachine.ts'

/** The machines of a page in a call, on one clock; only the connection does nothing. */
function inCall() {
  const clock = new SimulatedClock()
  const connection = fromCallback<ConnectionOrder, ConnectionInput, ConnectionFact>(() => undefined)
  const calling = createActor(call.provide({ actors: { connection } }), { clock })
  const visiting = createActor(visit, { clock })
  const noticing = createActor(notice, { clock })
  const measuring = createActor(quality)
  for (const actor of [calling, visiting, noticing, measuring]) actor.start()
  const stop = watchTrouble({ call: calling, visit: visiting, notice: noticing, quality: measuring })
  const hears = (...facts: CallFact[]): void => { for (const fact of facts) calling.send(fact) }
  const enters = (...facts: VisitFact[]): void => { for (const fact of facts) visiting.send(fact) }
  enters({ type: 'user.joined' }, { type: 'seat.given', state: 'full', peer: 'here' })
  hears(
    { type: 'seat.given', seat: 'a', role: 'impolite', epoch: 3, peer: 'here', resumed: true },
    { type: 'offer.made', connection: 'a3.1', negotiation: 1, sdp: 'v=0' },
    { type: 'answer.received', connection: 'a3.1', negotiation: 1, sdp: 'v=0' }, { type: 'path.opened' },
  )
  return { clock, hears, enters, stop, measuring, word: () => wordOf(noticing.getSnapshot(), calling.getSnapshot()) }
}

describe('in a call', () => {
  test('a way that is lost and not found is said, and once more where this page has no line to the server either', () => {
    const { clock, hears, enters, word } = inCall()
    hears({ type: 'path.wavered' })
    clock.increment(timers.pathShown - 1)
    expect(word()).toBeNull()
    clock.increment(1)
    expect(word()).toBe('path')
    enters({ type: 'link.lost' })
    clock.increment(timers.linkShown)
    expect(word()).toBe('own')
  })

  test('a way that is lost in another manner meanwhile is not waited for anew', () => {
    const { clock, hears, word } = inCall()
    hears({ type: 'path.wavered' })
    clock.increment(timers.pathShown / 2)
    hears({ type: 'path.failed' })
    clock.increment(timers.pathShown / 2)
    expect(word()).toBe('path')
  })

  test('a server that is away is said together with a call that goes on', () => {
    const { clock, enters, word } = inCall()
    enters({ type: 'link.lost' })
    clock.increment(timers.linkShown - 1)
    expect(word()).toBeNull()
    clock.increment(1)
    expect(word()).toBe('server')
    enters({ type: 'seat.given', state: 'full', peer: 'here' })
    clock.increment(timers.noticeKept)
    expect(word()).toBeNull()
  })

  test('the other side whose page is closed is missed at once', () => {
    const { enters, word } = inCall()
    enters({ type: 'peer.away', closes: true })
    expect(word()).toBe('peer')
  })

  test('that the other side has no line to the server is said as no more than that, until nothing comes from there', () => {
    const { clock, enters, hears, word } = inCall()
    enters({ type: 'peer.away', closes: false })
    clock.increment(timers.awayShown - 1)
    expect(word()).toBeNull()
    clock.increment(1)
    expect(word()).toBe('theirs')
    hears({ type: 'path.wavered' })
    expect(word()).toBe('peer')
  })

  test('whose page was loaded anew is missed until there is a call again, though they were away for less than a moment', () => {
    const { clock, enters, hears, word } = inCall()
    enters({ type: 'peer.away', closes: false })
    expect(word()).toBeNull()
    enters({ type: 'peer.back', fresh: true })
    hears({ type: 'peer.back', fresh: true })
    expect(word()).toBe('peer')
    hears({ type: 'offer.received', connection: 'b4.1', negotiation: 1, sdp: 'v=0' }, { type: 'path.opened' })
    clock.increment(timers.noticeKept)
    expect(word()).toBeNull()
  })

  test('whose line alone was away and is back before that would be missed, is not', () => {
    const { clock, enters, word } = inCall()
    enters({ type: 'peer.away', closes: false }, { type: 'peer.back', fresh: false })
    clock.increment(timers.awayShown)
    expect(word()).toBeNull()
  })

  test('who has left is not missed', () => {
    const { enters, hears, word } = inCall()
    enters({ type: 'peer.away', closes: true }, { type: 'peer.left' })
    hears({ type: 'peer.left', reason: 'left' })
    expect(word()).toBeNull()
  })

  test('after the call, the line to the server is all that can be missed', () => {
    const { clock, hears, enters, word } = inCall()
    hears({ type: 'path.wavered' })
    clock.increment(timers.pathShown)
    hears({ type: 'bye.received' })
    expect(word()).toBeNull()
    enters({ type: 'link.lost' })
    clock.increment(timers.linkShown)
    expect(word()).toBe('line')
  })

  test('what was measured of a way that is lost is forgotten', () => {
    const { hears, measuring } = inCall()
    const sample = { lossIn: 0, lossOut: 0, roundTrip: 20, jitter: 3, frozen: 0, squeeze: 0 }
    for (let n = 0; n < worseSamples; n++) measuring.send({ type: 'sample.taken', sample })
    expect(measuring.getSnapshot().value).toBe('good')
    hears({ type: 'path.wavered' })
    expect(measuring.getSnapshot().value).toBe('unknown')
  })

  test('nobody is told of anything any more once it is stopped', () => {
    const { enters, stop, word } = inCall()
    stop()
    enters({ type: 'peer.away', closes: true })
    expect(word()).toBeNull()
  })
})
