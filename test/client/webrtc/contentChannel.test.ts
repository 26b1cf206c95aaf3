import { describe, expect, test } from 'vitest'
import { createPeerChannels } from '../../../client/webrtc/peerChannels.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import { immediateScheduler } from '../common/taskScheduler.ts'
import { FakePeerNetwork } from './fakePeerNetwork.ts'

/** The content channels of one side of a connection. */
function start() {
  const connection = new FakePeerNetwork(immediateScheduler).createConnection()
  const { chat, files } = createPeerChannels(connection.asPeerConnection())
  connection.setReceiving(true)
  const [, chatChannel, filesChannel] = [...connection.channels.values()]
  const received: unknown[] = []
  const listener = {
    onMessage: (data: string | ArrayBuffer) => void received.push(data),
    onClose: () => void received.push('closed'),
  }
  return { connection, chat, files, chatChannel: chatChannel!, filesChannel: filesChannel!, listener, received }
}

describe('a content channel', () => {
  test('has the label and the id of its kind', () => {
    const { chatChannel, filesChannel } = start()
    expect(chatChannel).toMatchObject({ label: 'chat', negotiated: true, id: 1 })
    expect(filesChannel).toMatchObject({ label: 'files', negotiated: true, id: 2 })
  })

  test('keeps messages until it has a listener, and delivers them in order', () => {
    const { chat, chatChannel, listener, received } = start()
    chatChannel.open()
    for (const text of ['one', 'two']) chatChannel.arrive(text)
    chat.subscribe(listener)
    chatChannel.arrive('three')
    expect(received).toEqual(['one', 'two', 'three'])
  })

  test('sends what was sent before it opened', () => {
    const { chat, chatChannel } = start()
    expect(chat.send('early')).toBe(true)
    expect(chatChannel.sent).toEqual([])
    chatChannel.open()
    chat.send('later')
    expect(chatChannel.sent).toEqual(['early', 'later'])
  })

  test('reports its end once, and then sends nothing', () => {
    const { chat, chatChannel, listener, received } = start()
    chat.subscribe(listener)
    chatChannel.open()
    chatChannel.closeRemotely()
    chat.close()
    expect(chat.send('late')).toBe(false)
    expect(received).toEqual(['closed'])
  })

  test('reports an end that came before the listener', () => {
    const { chat, chatChannel, listener, received } = start()
    chatChannel.open()
    chatChannel.closeRemotely()
    chat.subscribe(listener)
    expect(received).toEqual(['closed'])
  })

  test('closes when more than the backlog arrives before the code that reads it', () => {
    const { files, filesChannel, listener, received } = start()
    filesChannel.open()
    filesChannel.arrive(new ArrayBuffer(limits.contentBacklogBytes))
    expect(filesChannel.readyState).toBe('open')
    filesChannel.arrive('x')
    expect(filesChannel.readyState).toBe('closing')
    files.subscribe(listener)
    expect(received).toEqual(['closed'])
  })
})
