import fc from 'fast-check'
import { createActor } from 'xstate'
import { expect, test } from 'vitest'
import { membershipMachine, type MembershipContext } from '../../../machines/membership/membershipMachine.ts'
import { getMessageTraits } from '../../../machines/protocol/messageTraits.ts'
import type { RoomEvent } from '../../../machines/protocol/messages.ts'
import { type MailboxDigest, digestSince, addDropped } from '../../../server/rooms/mailboxDigest.ts'
import { messageExamples } from '../api/protocolExamples.ts'
import { offer } from '../testClient.ts'

type Presence = MembershipContext['peer']

const storedMessages = Object.values(messageExamples)
  .flat()
  .filter((message) => !getMessageTraits(message).isTransient)

/** The events that can follow, by the presence of the peer. */
const next: Record<Presence, (choice: number) => [RoomEvent, Presence]> = {
  absent: () => [{ type: 'ready' }, 'connected'],
  connected: (choice) =>
    choices(choice, [
      [{ type: 'peer.disconnected', pageClosing: choice % 2 === 0 }, 'disconnected'],
      [{ type: 'peer.left', reason: 'left' }, 'absent'],
      [{ type: 'ready' }, 'connected'],
      [{ type: 'full' }, 'connected'],
      ...storedMessages.map((message): [RoomEvent, Presence] => [{ type: 'message', message }, 'connected']),
      [
        { type: 'message', message: { type: 'media', microphone: choice % 2 === 0, camera: true, screen: false } },
        'connected',
      ],
    ]),
  disconnected: (choice) =>
    choices(choice, [
      [{ type: 'peer.reconnected', reloaded: false }, 'connected'],
      [{ type: 'ready' }, 'disconnected'],
      [{ type: 'peer.left', reason: 'lost' }, 'absent'],
    ]),
}
const choices = <T>(choice: number, list: readonly T[]): T => list[choice % list.length]!

function history(decisions: number[]): RoomEvent[] {
  let peer: Presence = 'absent'
  return decisions.map((decision) => {
    const [event, after] = next[peer](decision)
    peer = after
    return event
  })
}

/** The state of a page after these events. */
function endOf(events: readonly RoomEvent[]) {
  const actor = createActor(membershipMachine).start()
  actor.send({ type: 'user.joined' })
  actor.send({ type: 'join.accepted', state: 'created', peer: 'absent' })
  let media: unknown = null
  for (const event of events) {
    if (event.type === 'ready' || event.type === 'full') actor.send({ type: `room.${event.type}` })
    else if (event.type === 'peer.disconnected' || event.type === 'peer.reconnected' || event.type === 'peer.left')
      actor.send(event)
    else if (event.type === 'message' && event.message.type === 'media') media = event.message
    if (event.type === 'peer.left') media = null
  }
  return { context: actor.getSnapshot().context, media }
}

const digestOf = (dropped: RoomEvent[]): MailboxDigest =>
  dropped.reduce<MailboxDigest>((before, event, index) => addDropped(before, index + 1, event), [])

test('the digest keeps a hangup until the peer leaves or sends a new offer', () => {
  const [bye, again] = [
    { type: 'message', message: { type: 'hangup' } },
    { type: 'message', message: offer('b2.1') },
  ] as const
  const left = { type: 'peer.left', reason: 'left' } as const
  expect(digestSince(digestOf([bye]), 0)).toEqual([bye])
  expect(digestSince(digestOf([bye, again]), 0)).toEqual([])
  expect(digestSince(digestOf([bye, left, { type: 'ready' }]), 0)).toEqual([left, { type: 'ready' }])
})

test('the digest plus the remaining events lead to the same state as all events', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { maxLength: 40 }), fc.nat(40), fc.nat(40), (decisions, one, other) => {
      const all = history(decisions)
      const [read, dropped] = [Math.min(one, other, all.length), Math.min(Math.max(one, other), all.length)]
      const digest = digestOf(all.slice(0, dropped))
      expect(digest.length).toBeLessThanOrEqual(7)
      const rest = digestSince(digest, read)
      const isNegotiation = (event: RoomEvent): boolean => event.type === 'message' && event.message.type === 'offer'
      expect(rest.filter(isNegotiation)).toEqual([])
      expect(endOf([...all.slice(0, read), ...rest, ...all.slice(dropped)])).toEqual(endOf(all))
    }),
    { numRuns: 2_000 },
  )
})
