import { expect, test } from 'vitest'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'
import { connect, createBytes, createFile, eventually, expectBytes, TransferPage } from './transferPage.ts'

test.each([0, 1, 16 * 1024, 16 * 1024 + 1, 300_000, contentLimits.filePartBytes + 5])(
  'a file of %i bytes arrives after the receiver accepts it',
  async (size) => {
    const [sender, receiver] = [new TransferPage(), new TransferPage()]
    const bytes = createBytes(size)
    connect(sender, receiver)
    sender.transfers.offer([createFile('notes.txt', bytes)])
    await eventually(() => expect(receiver.statuses).toEqual(['receiver offered']))
    receiver.acceptAll()
    await eventually(() => expect(sender.statuses).toEqual(['sender stored']))
    expect(receiver.statuses).toEqual(['receiver stored'])
    await expectBytes(receiver, bytes)
  },
)

test('several files take turns, in both directions at once', async () => {
  const [one, other] = [new TransferPage(), new TransferPage()]
  const channels = connect(one, other)
  for (const page of [one, other])
    page.transfers.offer([createFile('large', createBytes(400_000)), createFile('small', createBytes(20_000))])
  await eventually(() => expect(other.statuses).toHaveLength(4))
  for (const page of [one, other]) page.acceptAll()
  await eventually(() => {
    for (const page of [one, other]) expect(page.statuses.every((each) => each.endsWith('stored'))).toBe(true)
  })
  for (const [at, page] of [one, other].entries()) {
    const stored = channels[at]!.sent.filter((each) => typeof each === 'string' && each.includes('"stored"'))
    const small = page.transfers.list.find(({ name, side }) => name === 'small' && side === 'receiver')
    expect(stored[0]).toContain(small!.id)
  }
})

test('a receiver may decline, and either side may cancel', async () => {
  const [sender, receiver] = [new TransferPage(), new TransferPage()]
  connect(sender, receiver)
  sender.transfers.offer(['declined', 'cancelled', 'withdrawn'].map((name) => createFile(name, createBytes(2_000_000))))
  await eventually(() => expect(receiver.statuses).toHaveLength(3))
  const [declined, cancelled] = receiver.transfers.list
  receiver.transfers.cancel(declined!)
  receiver.transfers.accept(cancelled!)
  await eventually(() => expect(cancelled!.offset).toBeGreaterThan(0))
  receiver.transfers.cancel(cancelled!)
  sender.transfers.cancel(sender.transfers.list[2]!)
  await eventually(() =>
    expect(sender.statuses).toEqual([
      'sender cancelled declined by peer',
      'sender cancelled cancelled by peer',
      'sender cancelled cancelled',
    ]),
  )
  await eventually(() =>
    expect(receiver.statuses).toEqual([
      'receiver cancelled declined',
      'receiver cancelled cancelled',
      'receiver cancelled cancelled by peer',
    ]),
  )
  await eventually(async () => expect(await receiver.store.list(cancelled!.id)).toEqual([]))
})

test('a cancel without a channel arrives with the next one', async () => {
  const [sender, receiver] = [new TransferPage(), new TransferPage()]
  const [channel] = connect(sender, receiver)
  sender.transfers.offer([createFile('one', createBytes(10)), createFile('two', createBytes(10))])
  await eventually(() => expect(receiver.statuses).toHaveLength(2))
  channel.close()
  sender.transfers.cancel(sender.transfers.list[0]!)
  receiver.transfers.cancel(receiver.transfers.list[1]!)
  connect(sender, receiver)
  await eventually(() =>
    expect(sender.statuses).toEqual(['sender cancelled cancelled', 'sender cancelled declined by peer']),
  )
  expect(receiver.statuses).toEqual(['receiver cancelled cancelled by peer', 'receiver cancelled declined'])
})

test('a reload of the sender ends its files on both sides', async () => {
  const [sender, receiver] = [new TransferPage(), new TransferPage()]
  connect(sender, receiver)
  sender.transfers.offer([createFile('one', createBytes(9_000_000)), createFile('two', createBytes(10))])
  await eventually(() => expect(receiver.statuses).toHaveLength(2))
  receiver.transfers.accept(receiver.transfers.list[0]!)
  await eventually(() => expect(receiver.transfers.list[0]!.offset).toBeGreaterThan(0))
  sender.reload()
  const [end] = connect(sender, receiver)
  expect(end.sent).toContainEqual(expect.stringMatching(/"cancel".*"reloaded"/))
  await eventually(() =>
    expect(receiver.statuses).toEqual(['receiver failed reloaded by peer', 'receiver failed reloaded by peer']),
  )
  expect(sender.statuses).toEqual(['sender failed reloaded', 'sender failed reloaded'])
})

test('a file that changed or that cannot be stored ends the transfer with its reason', async () => {
  const [sender, receiver] = [new TransferPage(), new TransferPage()]
  connect(sender, receiver)
  const changed = {
    name: 'changed',
    size: 100,
    slice: () => ({ arrayBuffer: () => Promise.reject(new Error('changed')) }),
  }
  sender.transfers.offer([changed, createFile('unstored', createBytes(100))])
  await eventually(() => expect(receiver.statuses).toHaveLength(2))
  receiver.store.write = () => Promise.reject(new Error('full'))
  receiver.acceptAll()
  await eventually(() => expect(sender.statuses).toEqual(['sender failed unreadable', 'sender failed storage by peer']))
  await eventually(() =>
    expect(receiver.statuses).toEqual(['receiver failed unreadable by peer', 'receiver failed storage']),
  )
})

test('another peer sees nothing of the files, and their bytes are deleted', async () => {
  const [sender, receiver, stranger] = [new TransferPage(), new TransferPage(), new TransferPage()]
  connect(sender, receiver)
  sender.transfers.offer([createFile('large', createBytes(9_000_000))])
  await eventually(() => expect(receiver.statuses).toHaveLength(1))
  receiver.acceptAll()
  await eventually(async () => expect(await receiver.store.list(receiver.transfers.list[0]!.id)).not.toEqual([]))
  const { id } = receiver.transfers.list[0]!
  for (const page of [sender, receiver]) page.transfers.clear()
  connect(sender, stranger)
  connect(receiver, new TransferPage())
  await eventually(async () => expect(await receiver.store.list(id)).toEqual([]))
  for (const page of [sender, receiver, stranger]) expect(page.statuses).toEqual([])
  receiver.reload()
  expect(receiver.statuses).toEqual([])
})
