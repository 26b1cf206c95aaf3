import { createActor } from 'xstate'
import { describe, expect, test } from 'vitest'
import type { Inbox } from '../../../client/common/framing.ts'
import { connectHost } from '../../../client/embedding/hostChannel.ts'
import { membershipMachine } from '../../../machines/membership/membershipMachine.ts'

const host = 'https://site.example'

/** A room in a frame, with a fake of its window. `sent` has the messages to the parent. */
function openFrame({ missingFeature = null }: { missingFeature?: 'webrtc' | null } = {}) {
  const sent: unknown[] = []
  let read: (event: MessageEvent<unknown>) => void = () => undefined
  const inbox: Inbox<MessageEvent<unknown>> = (reader) => void (read = reader)
  const parent = {
    postMessage: (message: unknown, origin: unknown) => void sent.push(origin === host ? message : { origin }),
  } as Pick<Window, 'postMessage'>
  const meta = { getAttribute: () => host } as unknown as Element
  const membership = createActor(membershipMachine).start()
  const stop = connectHost({ room: 'blue-door', membership, missingFeature }, inbox, {
    parent,
    location: { origin: 'https://call.example.org' },
    document: { querySelector: () => meta },
  })
  const receive = (data: unknown, { source = parent, origin = host }: { source?: unknown; origin?: string } = {}) =>
    read({ data, source, origin } as unknown as MessageEvent<unknown>)
  return { sent, membership, receive, stop }
}

const hello = { duet: 1, type: 'hello' }
const leave = { duet: 1, type: 'leave' }
const accepted = { type: 'join.accepted', state: 'created', peer: 'absent' } as const

describe('the room in a frame', () => {
  test('sends ready after hello, then joined and left', () => {
    const { sent, membership, receive } = openFrame()
    membership.send({ type: 'user.joined' })
    expect(sent).toEqual([])
    receive(hello)
    membership.send(accepted)
    membership.send({ type: 'signaling.lost' })
    membership.send(accepted)
    receive(leave)
    expect(membership.getSnapshot().value).toEqual({ left: 'byUser' })
    expect(sent).toEqual([
      { duet: 1, type: 'ready' },
      { duet: 1, type: 'joined', room: 'blue-door' },
      { duet: 1, type: 'left', reason: 'byUser' },
    ])
  })

  test('repeats joined for a page that listens late', () => {
    const { sent, membership, receive } = openFrame()
    membership.send({ type: 'user.joined' })
    membership.send(accepted)
    receive(hello)
    expect(sent).toEqual([
      { duet: 1, type: 'ready' },
      { duet: 1, type: 'joined', room: 'blue-door' },
    ])
  })

  test('sends the code of a rejection, and no left from a page that had no seat', () => {
    const { sent, membership, receive } = openFrame()
    receive(hello)
    membership.send({ type: 'user.joined' })
    membership.send({ type: 'join.rejected', code: 'full', isCalling: false })
    expect(sent.slice(1)).toEqual([{ duet: 1, type: 'error', code: 'full' }])
  })

  test.each([
    ['peer', { type: 'call.ended', reason: 'left' }, 'byPeer'],
    ['other tab', { type: 'seat.replaced' }, 'replaced'],
  ] as const)('sends the reason if the %s ends the stay', (_, event, reason) => {
    const { sent, membership, receive } = openFrame()
    receive(hello)
    membership.send({ type: 'user.joined' })
    membership.send(accepted)
    membership.send(event)
    expect(sent.at(-1)).toEqual({ duet: 1, type: 'left', reason })
  })

  test('sends unsupported in a browser that cannot make calls', () => {
    const { sent, receive } = openFrame({ missingFeature: 'webrtc' })
    receive(hello)
    expect(sent).toEqual([
      { duet: 1, type: 'ready' },
      { duet: 1, type: 'error', code: 'unsupported' },
    ])
  })

  test.each([
    ['another window', hello, { source: {} }],
    ['an origin that may not embed', hello, { origin: 'https://evil.example' }],
    ['an opaque origin', hello, { origin: 'null' }],
    ['another version', { ...hello, duet: 2 }, {}],
    ['another program', { type: 'hello' }, {}],
    ['a text', 'hello', {}],
    ['nothing', null, {}],
  ])('ignores a message of %s', (_, message, from) => {
    const { sent, membership, receive } = openFrame()
    receive(message, from)
    membership.send({ type: 'user.joined' })
    membership.send(accepted)
    expect(sent).toEqual([])
    if (message === hello) {
      receive(leave, from)
      expect(membership.getSnapshot().value).toMatchObject({ joined: 'online' })
    }
  })

  test('sends and reads nothing after it stopped', () => {
    const { sent, membership, receive, stop } = openFrame()
    receive(hello)
    stop()
    receive(hello)
    membership.send({ type: 'user.joined' })
    membership.send(accepted)
    expect(sent).toEqual([{ duet: 1, type: 'ready' }])
  })
})
