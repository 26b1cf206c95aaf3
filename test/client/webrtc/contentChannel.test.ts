import { describe, expect, test } from 'vitest'
import { openContentChannel } from '../../../client/webrtc/contentChannel.ts'
import { createPeerChannels } from '../../../client/webrtc/peerChannels.ts'
import { immediateScheduler } from '../common/taskScheduler.ts'
import { FakePeerNetwork } from './fakePeerNetwork.ts'

/** A content channel of one side of a connection, and the messages that it held. */
function start(held: string[] = []) {
  const connection = new FakePeerNetwork(immediateScheduler).createConnection()
  const channel = createPeerChannels(connection.asPeerConnection()).chat
  connection.setReceiving(true)
  const fake = connection.channels.get(1)!
  const received: unknown[] = []
  const listener = {
    onMessage: (data: string | ArrayBuffer) => void received.push(data),
    onClose: () => void received.push('closed'),
  }
  return { connection, fake, open: () => openContentChannel({ channel, messages: held }), listener, received }
}

test('each kind of content has a channel with its label and id', () => {
  const { channels } = start().connection
  expect(channels.get(1)).toMatchObject({ label: 'chat', negotiated: true, id: 1 })
  expect(channels.get(2)).toMatchObject({ label: 'files', negotiated: true, id: 2 })
})

describe('a content channel', () => {
  test('delivers held messages first, and all in order', () => {
    const { fake, open, listener, received } = start(['one'])
    fake.open()
    const channel = open()
    fake.arrive('two')
    channel.subscribe(listener)
    fake.arrive('three')
    expect(received).toEqual(['one', 'two', 'three'])
  })

  test('sends what was sent before it opened', () => {
    const { fake, open } = start()
    const channel = open()
    expect(channel.send('early')).toBe(true)
    expect(fake.sent).toEqual([])
    fake.open()
    channel.send('later')
    expect(fake.sent).toEqual(['early', 'later'])
  })

  test('reports its end once, and then sends nothing', () => {
    const { fake, open, listener, received } = start()
    const channel = open()
    channel.subscribe(listener)
    fake.open()
    fake.closeRemotely()
    channel.close()
    expect(channel.send('late')).toBe(false)
    expect(received).toEqual(['closed'])
  })

  test('reports an end that came before it was used', () => {
    const { fake, open, listener, received } = start()
    fake.open()
    fake.closeRemotely()
    open().subscribe(listener)
    expect(received).toEqual(['closed'])
  })
})
