import { afterEach, describe, expect, test, vi } from 'vitest'
import { createLazyContent } from '../../../client/content/lazyContent.ts'
import type { DataChannel } from '../../../client/webrtc/dataChannel.ts'
import { createPeerChannels } from '../../../client/webrtc/peerChannels.ts'
import type { ChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import { createMemoryStorage } from '../common/memoryStorage.ts'
import { immediateScheduler } from '../common/taskScheduler.ts'
import { FakePeerNetwork } from '../webrtc/fakePeerNetwork.ts'

vi.stubGlobal('addEventListener', () => undefined)
// A browser without a private file system.
vi.stubGlobal('navigator', {})
const stops: (() => void)[] = []
afterEach(() => stops.splice(0).forEach((stop) => stop()))

/** One page with an open connection, whose peer the test plays. */
function start() {
  const storage = createMemoryStorage()
  const recorder = { inspect: () => () => undefined, record: () => undefined }
  const content = createLazyContent({ room: 'room', storage, names: { own: '', peer: '' }, recorder, now: () => 0 })
  const connection = new FakePeerNetwork(immediateScheduler).createConnection()
  const channels = createPeerChannels(connection.asPeerConnection())
  connection.setReceiving(true)
  for (const channel of connection.channels.values()) channel.open()
  const sent: ChannelMessage[] = []
  let receive: (message: ChannelMessage) => void = () => undefined
  const control: DataChannel = {
    send: (message) => void sent.push(message),
    subscribe(listener) {
      receive = listener
      return () => (receive = () => undefined)
    },
  }
  const stop = content.exchange(control, channels)
  stops.push(stop, () => content.dispose())
  const chat = connection.channels.get(1)!
  const stateOf = () => content.current?.chat.actor.getSnapshot()
  return { content, storage, sent, receive: (message: ChannelMessage) => receive(message), chat, stop, stateOf }
}
const hello = JSON.stringify({ type: 'hello', stay: 'p'.repeat(43), received: null })

describe('the content of a connection', () => {
  test('begins with the features of both pages', async () => {
    const { sent, chat, receive, stateOf } = start()
    expect(sent).toEqual([expect.objectContaining({ type: 'features', chat: 1 })])
    expect(chat.sent).toEqual([])
    receive({ type: 'features', chat: 7, files: 0 })
    await vi.waitFor(() => expect(stateOf()?.value).toBe('greeting'))
    expect(chat.sent.map((text) => (JSON.parse(text) as { type: string }).type)).toEqual(['hello'])
  })

  test.each([
    ['an old page, which sends no features', null],
    ['a page without a chat', { type: 'features', chat: 0, files: 1 } as const],
  ])('has no chat with %s', async (_, features) => {
    const { content, receive, chat, stateOf } = start()
    if (features) receive(features)
    await content.load()
    await Promise.resolve()
    expect(stateOf()?.value).toBe('closed')
    expect(stateOf()?.context.isOffered).toBe(false)
    expect(chat.sent).toEqual([])
  })

  test('reads the messages that arrived before its code', async () => {
    const { receive, chat, stateOf } = start()
    receive({ type: 'features', chat: 1, files: 0 })
    chat.arrive(hello)
    chat.arrive(JSON.stringify({ type: 'text', seq: 1, text: 'early', ageMs: 0 }))
    await vi.waitFor(() => expect(stateOf()?.context.entries.map(({ text }) => text)).toEqual(['early']))
  })

  test('closes a channel whose peer sends more than the backlog before the code is there', () => {
    const { chat } = start()
    chat.arrive('x'.repeat(limits.contentBacklogBytes - 100))
    expect(chat.readyState).toBe('open')
    chat.arrive('')
    expect(chat.readyState).toBe('closing')
  })

  test('ends with the connection, and its channels are closed', async () => {
    const { receive, chat, stop, stateOf } = start()
    receive({ type: 'features', chat: 1, files: 0 })
    chat.arrive(hello)
    await vi.waitFor(() => expect(stateOf()?.value).toBe('open'))
    stop()
    expect(stateOf()?.value).toBe('closed')
    expect(chat.readyState).toBe('closing')
  })

  test('is also cleared before its code is loaded', async () => {
    const { content, storage, stateOf } = start()
    storage.setItem('duet:chat:room', '{"version":1,"stay":"old","outbox":[],"entries":[{"id":1,"text":"secret"}]}')
    content.clear()
    expect(storage.getItem('duet:chat:room')).toBeNull()
    await content.load()
    expect(stateOf()?.context.entries).toEqual([])
  })
})

describe('a tab that takes the call over', () => {
  const greet = async ({ receive, chat, stateOf }: ReturnType<typeof start>) => {
    receive({ type: 'features', chat: 1, files: 0 })
    chat.arrive(hello)
    await vi.waitFor(() => expect(stateOf()?.value).toBe('open'))
  }
  const textsOf = ({ stateOf }: ReturnType<typeof start>) =>
    stateOf()?.context.entries.map(({ from, text }) => `${from}: ${text}`)

  test.each([
    ['has not loaded its code', false],
    ['has an older chat', true],
  ])('and %s continues the chat of the other tab', async (_, isLoaded) => {
    const [first, second] = [start(), start()]
    await greet(first)
    first.content.current?.chat.send('mine')
    first.chat.arrive(JSON.stringify({ type: 'text', seq: 1, text: 'theirs', ageMs: 0 }))
    if (isLoaded) (await second.content.load())?.chat.send('older')
    second.content.importChat(first.content.exportChat() ?? '')
    await second.content.load()
    expect(textsOf(second)).toEqual(['own: mine', 'peer: theirs'])
    await greet(second)
    second.chat.arrive(JSON.stringify({ type: 'text', seq: 2, text: 'next', ageMs: 0 }))
    expect(textsOf(second)).toEqual(['own: mine', 'peer: theirs', 'peer: next'])
    expect(second.chat.sent.map((text) => JSON.parse(text) as object)).toContainEqual(
      expect.objectContaining({ type: 'text', seq: 1, text: 'mine' }),
    )
  })
})

test('requests for a panel reach its listeners', () => {
  const { content } = start()
  const requested: string[] = []
  const stop = content.onPanelRequest((kind) => requested.push(kind))
  content.openPanel('chat')
  stop()
  content.openPanel('files')
  expect(requested).toEqual(['chat'])
})
