import { type Actor, createActor, fromCallback } from 'xstate'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { holdRendering } from '../../../client/session/holdRendering.ts'
import type {
  PeerConnectionCommand,
  PeerConnectionEvent,
  PeerConnectionInput,
} from '../../../machines/call/callEvents.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import { membershipMachine } from '../../../machines/membership/membershipMachine.ts'

let membership: Actor<typeof membershipMachine>
let call: Actor<typeof callMachine>
let stop: () => void
const candidate = {
  candidate: 'candidate:1 1 udp 1 192.0.2.7 9 typ host',
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment: 'u',
}

/** The messages of the page, and the holds of its rendering, in order. */
const log: string[] = []

beforeEach(() => {
  log.length = 0
  membership = createActor(membershipMachine)
  const peerConnection = fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(() => undefined)
  call = createActor(callMachine.provide({ actors: { peerConnection } }))
  membership.on('join.requested', () => log.push('join'))
  call.on('message.outgoing', ({ message }) => log.push(message.type))
  const renderQueue = { hold: (maxMs: number) => log.push(`hold ${maxMs}`), release: () => log.push('release') }
  stop = holdRendering({ membership, call, renderQueue })
  for (const actor of [membership, call]) actor.start()
})
afterEach(() => {
  stop()
  for (const actor of [membership, call]) actor.stop()
})

function takeSeat(peer: 'connected' | 'absent'): void {
  const isFirst = peer === 'absent'
  membership.send({ type: 'join.accepted', state: isFirst ? 'created' : 'ready', peer })
  const seat = { seat: isFirst ? 'a' : 'b', role: isFirst ? 'impolite' : 'polite' } as const
  call.send({ type: 'join.accepted', ...seat, epoch: 1, peer, resumed: false })
}

test('the join leaves first, and the page renders its call screen after the answer and a candidate', () => {
  membership.send({ type: 'user.joined' })
  takeSeat('connected')
  call.send({ type: 'offer.received', connection: 'a1.1', negotiation: 1, sdp: 'offer' })
  expect(log).toEqual(['join', 'hold 1000'])
  call.send({ type: 'answer.created', connection: 'a1.1', negotiation: 1, sdp: 'answer' })
  expect(log).toEqual(['join', 'hold 1000', 'answer'])
  call.send({ type: 'candidate.gathered', connection: 'a1.1', candidate })
  expect(log).toEqual(['join', 'hold 1000', 'answer', 'candidate', 'release'])
})

test('the page that waits renders when it has a seat, and then after the answer of its peer', () => {
  membership.send({ type: 'user.joined' })
  takeSeat('absent')
  expect(log).toEqual(['join', 'hold 1000', 'release'])
  call.send({ type: 'offer.created', connection: 'a1.1', negotiation: 1, sdp: 'offer' })
  log.length = 0
  membership.send({ type: 'room.ready' })
  call.send({ type: 'peer.joined' })
  expect(log).toEqual(['hold 100'])
  call.send({ type: 'answer.received', connection: 'a1.1', negotiation: 1, sdp: 'answer' })
  expect(log).toEqual(['hold 100', 'release'])
})

test('a rejected or cancelled join ends the hold', () => {
  membership.send({ type: 'user.joined' })
  membership.send({ type: 'join.rejected', code: 'full', isCalling: false })
  membership.send({ type: 'user.rejoined' })
  membership.send({ type: 'user.hungUp' })
  expect(log).toEqual(['join', 'hold 1000', 'release', 'join', 'hold 1000', 'release'])
})

test('a page that is connected before the join renders its call screen once, after it has a seat', () => {
  membership.send({ type: 'user.joined' })
  expect(log).toEqual(['join', 'hold 1000'])
  membership.send({ type: 'join.accepted', state: 'ready', peer: 'connected' })
  expect(log).toEqual(['join', 'hold 1000'])
  const prepared = { connection: 'p7.1', remoteUfrag: null }
  call.send({ type: 'join.accepted', seat: 'b', role: 'polite', epoch: 1, peer: 'connected', resumed: false, prepared })
  expect(log).toEqual(['join', 'hold 1000', 'release'])
})
