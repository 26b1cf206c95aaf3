import { describe, expect, test } from 'vitest'
import { encodeChunk } from '../../../machines/protocol/fileMessages.ts'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'
import { createChannelPair, type FakeContentChannel } from './channelPair.ts'
import { createBytes, createFile, eventually, TransferPage } from './transferPage.ts'

/** The peer is hostile: the test sends its messages. */

const id = '00000000000000aa'
const sha256 = '0'.repeat(64)

function openHostilePeer(page = new TransferPage()) {
  const [channel, peer] = createChannelPair()
  page.open(channel)
  const answers: string[] = []
  peer.subscribe({
    onMessage: (data) => answers.push(typeof data === 'string' ? data : 'chunk'),
    onClose: () => answers.push('closed'),
  })
  const send = (...messages: (object | string | ArrayBuffer)[]): void => {
    for (const each of messages)
      peer.send(typeof each === 'string' || each instanceof ArrayBuffer ? each : JSON.stringify(each))
  }
  return { page, peer, send, answers, lastAnswer: () => answers.at(-1) }
}
const offer = (size: number, fileId = id): object => ({ type: 'offer', id: fileId, name: 'a.bin', size })
const chunk = (offset: number, length: number, fileId = id): ArrayBuffer =>
  encodeChunk({ id: fileId, offset, wantsAck: false, bytes: createBytes(length) })
const flush = async ({ peer }: { peer: FakeContentChannel }): Promise<void> => {
  await eventually(() => expect(peer.isClosed || peer.bufferedAmount === 0).toBe(true))
}

/** Offers a file that the page accepts, and waits until the page wants its bytes. */
async function startTransfer(size: number) {
  const opened = openHostilePeer()
  opened.send(offer(size))
  await eventually(() => expect(opened.page.statuses).toEqual(['receiver offered']))
  opened.page.acceptAll()
  await eventually(() => expect(opened.page.statuses).toEqual(['receiver transferring']))
  return opened
}

describe('a sender that lies about its file', () => {
  const full = contentLimits.fileChunkBytes
  test.each<[what: string, size: number, messages: (object | ArrayBuffer)[]]>([
    ['sends more bytes than it offered', 10, [chunk(0, 11)]],
    ['sends more bytes after the last one', 10, [chunk(0, 10), chunk(10, 1)]],
    ['ends before the last byte', 10, [{ type: 'end', id, sha256 }]],
    ['skips bytes', 2 * full, [chunk(full, full)]],
    ['repeats bytes', 2 * full, [chunk(0, full), chunk(0, full)]],
    ['sends tiny chunks', 2 * full, [chunk(0, 1)]],
    ['sends another hash', 10, [chunk(0, 10), { type: 'end', id, sha256 }]],
    ['offers another size under the same id', 10, [offer(11)]],
  ])('%s: the transfer fails, and its bytes are deleted', async (_, size, messages) => {
    const { page, send, lastAnswer } = await startTransfer(size)
    send(...messages)
    await eventually(() => expect(page.statuses).toEqual(['receiver failed mismatch']))
    await eventually(() => expect(JSON.parse(lastAnswer() ?? '{}')).toEqual({ type: 'cancel', id, reason: 'mismatch' }))
    await eventually(async () => expect(await page.store.list(id)).toEqual([]))
    expect(await page.transfers.list[0]?.readBlob()).toBeNull()
  })

  test('bytes that the person did not accept are dropped', async () => {
    const opened = openHostilePeer()
    opened.send(offer(10), chunk(0, 10), { type: 'end', id, sha256 }, chunk(0, 10, 'ffffffffffffffff'))
    await flush(opened)
    expect(opened.page.statuses).toEqual(['receiver offered'])
    expect(opened.peer.isClosed).toBe(false)
  })

  test('bytes of a cancelled file are dropped, and the channel stays open', async () => {
    const opened = await startTransfer(contentLimits.fileWindowBytes)
    opened.page.transfers.cancel(opened.page.transfers.list[0]!)
    for (let offset = 0; offset < contentLimits.fileWindowBytes; offset += full) opened.send(chunk(offset, full))
    await flush(opened)
    expect(opened.page.statuses).toEqual(['receiver cancelled cancelled'])
    expect(opened.peer.isClosed).toBe(false)
  })
})

describe('a receiver that lies', () => {
  test.each<[what: string, message: object]>([['has more bytes than the file', { type: 'accept', offset: 11 }]])(
    '%s: the transfer fails',
    async (_, message) => {
      const { page, send } = openHostilePeer()
      page.transfers.offer([createFile('a', createBytes(10))])
      send({ id: page.transfers.list[0]!.id, ...message })
      await eventually(() => expect(page.statuses).toEqual(['sender failed mismatch']))
    },
  )

  test('acknowledgements that were not asked for change nothing', async () => {
    const opened = openHostilePeer()
    opened.page.transfers.offer([createFile('a', createBytes(10))])
    const fileId = opened.page.transfers.list[0]!.id
    opened.send(
      { type: 'received', id: fileId, offset: 5 },
      { type: 'stored', id: fileId },
      { type: 'received', id, offset: 1 },
    )
    await flush(opened)
    expect(opened.page.statuses).toEqual(['sender offered'])
    expect(opened.page.transfers.list[0]?.offset).toBe(0)
  })
})

describe('a flood', () => {
  test('offers above the limit are rejected, and rejected ones cost the sender its channel', async () => {
    const opened = openHostilePeer()
    const ids = Array.from({ length: contentLimits.fileMessageBurst + 20 }, (_, at) =>
      (at + 1).toString(16).padStart(16, '0'),
    )
    opened.send(...ids.slice(0, contentLimits.openFilesPerSender + 1).map((each) => offer(1, each)))
    await flush(opened)
    expect(opened.page.transfers.list).toHaveLength(contentLimits.openFilesPerSender)
    await eventually(() => expect(opened.lastAnswer()).toContain('"limit"'))

    opened.send(...ids.map((each) => offer(1, each)))
    await eventually(() => expect(opened.peer.isClosed).toBe(true))
    expect(opened.page.transfers.isFlooded).toBe(true)
    expect(opened.page.transfers.isOpen).toBe(false)
    expect(opened.page.transfers.list).toHaveLength(contentLimits.openFilesPerSender)
    expect(opened.page.recorded).toContain('channel.flooded')
  })

  test.each<[what: string, message: string | ArrayBuffer, count: number]>([
    ['texts that are not messages', '{"type":"offer"}', contentLimits.fileMessageBurst + 10],
    ['chunks of unknown files', chunk(0, 1, 'ffffffffffffffff'), 1_300],
    ['empty chunks', new ArrayBuffer(0), 1_300],
  ])('%s close the channel', async (_, message, count) => {
    const opened = openHostilePeer()
    opened.send(...Array.from({ length: count }, () => message))
    await eventually(() => expect(opened.peer.isClosed).toBe(true))
    expect(opened.page.transfers.isFlooded).toBe(true)
  })

  test('a sender that ignores its window loses its channel, and the file is paused', async () => {
    const opened = await startTransfer(2 * contentLimits.fileUnstoredBytes)
    opened.page.store.write = () => new Promise(() => undefined)
    const message = createBytes(contentLimits.fileChunkBytes)
    for (let offset = 0; offset <= contentLimits.fileUnstoredBytes; offset += message.length)
      opened.send(encodeChunk({ id, offset, wantsAck: true, bytes: message }))
    await eventually(() => expect(opened.peer.isClosed).toBe(true))
    expect(opened.page.statuses).toEqual(['receiver paused'])
    expect(opened.page.transfers.isFlooded).toBe(true)
  })
})

describe('the limits of the own page', () => {
  test('files above the limits are not offered', () => {
    const page = new TransferPage()
    const files = Array.from({ length: contentLimits.openFilesPerSender + 1 }, (_, at) =>
      createFile(`${at}`, createBytes(1)),
    )
    const large = { name: 'large', size: contentLimits.fileBytes + 1, slice: () => new Blob() }
    expect(page.transfers.offer([large])).toEqual([large])
    expect(page.transfers.offer(files)).toEqual(files.slice(-1))
  })

  test('the list keeps the newest ended files', () => {
    const page = new TransferPage()
    for (let at = 0; at < contentLimits.endedFiles + 5; at++) {
      page.transfers.offer([createFile(`${at}`, createBytes(1))])
      page.transfers.cancel(page.transfers.list.at(-1)!)
    }
    expect(page.transfers.list.length).toBeLessThanOrEqual(contentLimits.endedFiles + 1)
    expect(page.transfers.list.at(-1)?.name).toBe(`${contentLimits.endedFiles + 4}`)
  })
})
