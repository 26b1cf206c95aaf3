import { createActor, fromCallback } from 'xstate'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RoomView } from '../../../../machines/protocol/messages.ts'
import { callMachine } from '../../../../machines/call/callMachine.ts'
import { membershipMachine } from '../../../../machines/membership/membershipMachine.ts'
import { Chat } from '../../../../client/content/chat.ts'
import type { LazyContent } from '../../../../client/content/lazyContent.ts'
import type { Names } from '../../../../client/session/names.svelte.ts'
import { createMemoryStorage } from '../../common/memoryStorage.ts'

vi.stubGlobal('$state', (value: unknown) => value)
const played: string[] = []
vi.mock('../../../../client/pages/call/earcons.ts', () => ({ playEarcon: (change: string) => played.push(change) }))
const { signalPresence } = await import('../../../../client/pages/call/presenceSignals.ts')
const { Attention } = await import('../../../../client/session/attention.svelte.ts')

/** A document whose visibility a test controls. */
class FakePage extends EventTarget {
  hidden = false

  setHidden(isHidden: boolean): void {
    this.hidden = isHidden
    this.dispatchEvent(new Event('visibilitychange'))
  }
}

const shown: string[] = []
const created: FakeNotification[] = []
const badges: number[] = []
class FakeNotification {
  static permission: NotificationPermission = 'granted'
  onclick: (() => void) | null = null
  readonly #title: string
  constructor(title: string) {
    this.#title = title
    shown.push(title)
    created.push(this)
  }
  close(): void {
    shown.splice(shown.indexOf(this.#title), 1)
  }
}

let page: FakePage

beforeEach(() => {
  page = new FakePage()
  for (const each of [played, shown, badges]) each.length = 0
  FakeNotification.permission = 'granted'
  vi.stubGlobal('document', page)
  vi.stubGlobal('focus', () => page.setHidden(false))
  vi.stubGlobal('Notification', FakeNotification)
  vi.stubGlobal('navigator', {
    setAppBadge: async (count: number) => void badges.push(count),
    clearAppBadge: async () => void badges.push(0),
  })
})
afterEach(() => stopPages())

const stops: (() => void)[] = []
const stopPages = (): void => stops.splice(0).forEach((stop) => stop())

const view = (part: Partial<RoomView> = {}): { type: 'visit.updated' } & RoomView => ({
  type: 'visit.updated',
  occupancy: 'waiting',
  policy: 'ask',
  ask: 'none',
  ...part,
})

/** Content whose code loads when the test calls `load`. */
function createContent() {
  const recorder = { inspect: () => () => undefined }
  const chat = new Chat({ room: 'room', storage: undefined, recorder, now: () => 0 })
  const listeners = new Set<() => void>()
  const opened: string[] = []
  const content = {
    openPanel: (kind: string) => opened.push(kind),
    current: null as { chat: Chat } | null,
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const receive = (seq: number) => chat.actor.send({ type: 'text.received', seq, text: 'secret', atMs: 0 })
  return {
    content: content as unknown as LazyContent,
    chat,
    opened,
    receive,
    load() {
      content.current = { chat }
      for (const listener of listeners) listener()
      chat.actor.send({ type: 'channel.opened' })
      chat.actor.send({ type: 'hello.received', stay: 'peer', received: null })
    },
  }
}

function startPage(storage = createMemoryStorage()) {
  const membership = createActor(membershipMachine).start()
  const call = createActor(callMachine.provide({ actors: { peerConnection: fromCallback(() => undefined) } })).start()
  call.on('call.ended', ({ reason }) => membership.send({ type: 'call.ended', reason }))
  const attention = new Attention(storage)
  const names = { peer: '' } as Names
  const { content, ...chatting } = createContent()
  stops.push(signalPresence({ membership, call, attention, mediaView: { speakerId: null } as never, names, content }))
  const join = (peer: 'absent' | 'connected') => {
    membership.send({ type: 'user.joined' })
    membership.send({ type: 'join.accepted', state: peer === 'absent' ? 'created' : 'ready', peer })
    call.send({ type: 'join.accepted', seat: 'a', role: 'impolite', epoch: 1, peer, resumed: false })
  }
  const connect = () => {
    call.send({ type: 'offer.received', connection: 'b1.1', negotiation: 1, sdp: 'v=0' })
    call.send({ type: 'transport.connected' })
  }
  return { membership, call, attention, names, join, connect, chatting }
}

const visitor = (id: number, isAdmitted = false) => ({ id, name: 'Ben', isAdmitted })

describe('a sound', () => {
  test('plays when the peer arrives and when they hang up', () => {
    const { membership, call, join, connect } = startPage()
    join('absent')
    expect(played).toEqual([])
    membership.send({ type: 'room.ready' })
    call.send({ type: 'peer.joined' })
    expect(played).toEqual(['arrived'])
    connect()
    call.send({ type: 'hangup.received' })
    expect(membership.getSnapshot().matches({ left: 'byPeer' })).toBe(true)
    expect(played).toEqual(['arrived', 'left'])
  })

  test('does not play for a user who joins, hangs up or calls again', () => {
    const { membership, call, join, connect } = startPage()
    join('connected')
    connect()
    membership.send({ type: 'user.hungUp' })
    call.send({ type: 'user.hungUp' })
    membership.send({ type: 'user.rejoined' })
    expect(played).toEqual([])
  })

  test('does not play while the peer reloads or reconnects', () => {
    const { membership, join, connect } = startPage()
    join('connected')
    connect()
    membership.send({ type: 'peer.disconnected', pageClosing: true })
    membership.send({ type: 'peer.reconnected', reloaded: true })
    membership.send({ type: 'room.ready' })
    expect(played).toEqual([])
  })

  test('plays once for a peer whose seat expires, at the end of the call', () => {
    const { membership, call, join, connect } = startPage()
    join('connected')
    connect()
    membership.send({ type: 'peer.left' })
    expect(played).toEqual([])
    call.send({ type: 'hangup.received' })
    expect(played).toEqual(['left'])
  })

  test('plays when the peer leaves before the call is connected', () => {
    const { membership, join } = startPage()
    join('connected')
    membership.send({ type: 'peer.left' })
    expect(played).toEqual(['left'])
  })

  test('plays once for each visitor at the door', () => {
    const { membership, join } = startPage()
    join('absent')
    membership.send({ type: 'door.changed', policy: 'ask', visitor: visitor(1) })
    membership.send({ type: 'door.changed', policy: 'ask', visitor: visitor(1) })
    membership.send({ type: 'door.changed', policy: 'ask', visitor: visitor(1, true) })
    membership.send({ type: 'door.changed', policy: 'ask', visitor: visitor(2) })
    membership.send({ type: 'door.changed', policy: 'ask', visitor: null })
    expect(played).toEqual(['knocked', 'knocked'])
  })

  test('plays for a visitor who is admitted, and not for one who is declined', () => {
    const { membership } = startPage()
    membership.send(view())
    membership.send({ type: 'user.asked', name: '' })
    membership.send(view({ ask: 'declined', retryAfterMs: 1 }))
    expect(played).toEqual([])
    membership.send(view({ policy: 'open' }))
    membership.send({ type: 'user.asked', name: '' })
    membership.send({ type: 'peer.admitted' })
    expect(played).toEqual(['admitted'])
  })

  test('does not play when it is switched off, and the choice is stored', () => {
    const storage = createMemoryStorage()
    startPage(storage).attention.set('sounds', false)
    const { membership, join, attention } = startPage(storage)
    expect([attention.isOn('sounds'), attention.isOn('notifications')]).toEqual([false, true])
    join('absent')
    membership.send({ type: 'room.ready' })
    expect(played).toEqual([])
  })
})

describe('a hidden page', () => {
  test('shows a notification and the number of changes, until it is visible', () => {
    const { membership, attention, join } = startPage()
    join('absent')
    page.setHidden(true)
    membership.send({ type: 'door.changed', policy: 'ask', visitor: visitor(1) })
    expect(shown).toEqual(['Ben wants to join'])
    membership.send({ type: 'room.ready' })
    expect(shown).toEqual(['They joined the call'])
    expect(attention.withBadge('In a call')).toBe('(2) In a call')
    page.setHidden(false)
    expect(shown).toEqual([])
    expect(attention.withBadge('In a call')).toBe('In a call')
    expect(badges).toEqual([1, 2, 0])
  })

  test.each([
    ['', 'They left the call'],
    ['Ben', 'Ben has left'],
  ])('names the peer %j who left', (name, title) => {
    const { call, names, join, connect } = startPage()
    join('connected')
    connect()
    Object.assign(names, { peer: name })
    page.setHidden(true)
    call.send({ type: 'hangup.received' })
    expect(shown).toEqual([title])
  })

  test.each([
    ['without the permission', 'default' as const, true],
    ['with the permission denied', 'denied' as const, true],
    ['with notifications switched off', 'granted' as const, false],
  ])('counts the changes and shows no notification %s', (_, permission, isOn) => {
    FakeNotification.permission = permission
    const { membership, attention, join } = startPage()
    attention.set('notifications', isOn)
    join('absent')
    page.setHidden(true)
    membership.send({ type: 'room.ready' })
    expect([shown, attention.unseenCount]).toEqual([[], 1])
  })

  test('counts the changes in a browser without notifications and without badges', () => {
    vi.stubGlobal('Notification', undefined)
    vi.stubGlobal('navigator', {})
    const { membership, attention, join } = startPage()
    join('absent')
    page.setHidden(true)
    membership.send({ type: 'room.ready' })
    expect(attention.unseenCount).toBe(1)
  })

  test('shows no notification for a change that happens while it is visible', () => {
    const { membership, attention, join } = startPage()
    join('absent')
    membership.send({ type: 'room.ready' })
    page.setHidden(true)
    expect([shown, attention.unseenCount]).toEqual([[], 0])
  })
})

describe('a chat text', () => {
  test('plays a sound while the chat is closed, and none while the person sees it', () => {
    const { chatting } = startPage()
    chatting.load()
    chatting.receive(1)
    expect(played).toEqual(['written'])
    chatting.chat.actor.send({ type: 'panel.shown' })
    chatting.receive(2)
    expect([played, shown]).toEqual([['written'], []])
  })

  test.each([
    ['', 'New message'],
    ['Ben', 'New message from Ben'],
  ])('of %j notifies a hidden page without its words, and counts in the title', (name, title) => {
    const { chatting, names, attention } = startPage()
    Object.assign(names, { peer: name })
    chatting.load()
    chatting.chat.actor.send({ type: 'panel.shown' })
    page.setHidden(true)
    chatting.receive(1)
    expect(shown).toEqual([title])
    expect(attention.withBadge('In a call')).toBe('(1) In a call')
    page.setHidden(false)
    expect([shown, attention.unseenCount]).toEqual([[], 0])
  })

  test('has a notification that shows the page and opens the chat', () => {
    const { chatting, attention } = startPage()
    chatting.load()
    page.setHidden(true)
    chatting.receive(1)
    created.at(-1)?.onclick?.()
    expect([chatting.opened, shown, attention.unseenCount]).toEqual([['chat'], [], 0])
  })

  test('is not signaled when sounds and notifications are off', () => {
    const { chatting, attention } = startPage()
    attention.set('sounds', false)
    attention.set('notifications', false)
    chatting.load()
    page.setHidden(true)
    chatting.receive(1)
    expect([played, shown, attention.unseenCount]).toEqual([[], [], 1])
  })

  test('of many plays few sounds', () => {
    const { chatting, attention } = startPage()
    chatting.load()
    page.setHidden(true)
    for (let seq = 1; seq <= 100; seq++) chatting.receive(seq)
    expect(played.length).toBeLessThan(10)
    expect(attention.unseenCount).toBe(100)
  })
})

test.each([
  ['a visitor at the door signals the knock', false, ['knocked']],
  ['an admitted visitor signals nothing', true, []],
])('a page that loads with %s', (_, isAdmitted, expected) => {
  const membership = createActor(membershipMachine).start()
  const call = createActor(callMachine).start()
  membership.send({ type: 'user.joined' })
  const door = { policy: 'ask' as const, visitor: visitor(3, isAdmitted) }
  membership.send({ type: 'join.accepted', state: 'created', peer: 'absent', door })
  const [attention, names] = [new Attention(undefined), { peer: '' } as Names]
  const { content } = createContent()
  stops.push(signalPresence({ membership, call, attention, mediaView: { speakerId: null } as never, names, content }))
  expect(played).toEqual(expected)
})
