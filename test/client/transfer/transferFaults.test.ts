import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'
import { deadlineMs } from '../../deadline.ts'
import { connect, createBytes, createFile, eventually, expectBytes, TransferPage } from './transferPage.ts'

test('a slow disk stops the sender', async () => {
  const [sender, receiver] = [new TransferPage(), new TransferPage()]
  const { write } = receiver.store
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  receiver.store.write = async (...args) => {
    await released
    return write(...args)
  }
  connect(sender, receiver)
  const bytes = createBytes(4 * contentLimits.filePartBytes)
  sender.transfers.offer([createFile('large', bytes)])
  await eventually(() => expect(receiver.statuses).toHaveLength(1))
  receiver.acceptAll()
  const most = 2 * contentLimits.filePartBytes + contentLimits.fileWindowBytes + contentLimits.fileChunkBytes
  await eventually(() => expect(receiver.transfers.list[0]!.offset).toBeGreaterThan(2 * contentLimits.filePartBytes))
  // Nothing is on its way any more.
  for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate)
  expect(receiver.transfers.list[0]!.offset).toBeLessThanOrEqual(most)
  expect(receiver.statuses).toEqual(['receiver transferring'])
  release()
  await eventually(() => expect(sender.statuses).toEqual(['sender stored']))
  await expectBytes(receiver, bytes)
})

/** Each step: the delivered messages before the next fault, and whether the receiver reloads its page then. */
const faults = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.boolean()), { minLength: 2, maxLength: 5 })

test(
  'a file arrives whole over any sequence of cuts and reloads of the receiver',
  { timeout: 10 * deadlineMs },
  async () => {
    const bytes = createBytes(2 * contentLimits.filePartBytes + 1_234)
    const hasArrived = (page: TransferPage): boolean => page.statuses[0] === 'sender stored'
    await fc.assert(
      fc.asyncProperty(faults, async (steps) => {
        const [sender, receiver] = [new TransferPage(), new TransferPage()]
        sender.transfers.offer([createFile('large', bytes)])
        for (const [count, isReloaded] of steps) {
          let left: number = count
          const pair = connect(sender, receiver, () => {
            receiver.acceptAll()
            if (--left === 0) pair[0].close()
          })
          await eventually(() => expect(left <= 0 || hasArrived(sender)).toBe(true))
          if (isReloaded) receiver.reload()
        }
        connect(sender, receiver, () => receiver.acceptAll())
        await eventually(() => expect(hasArrived(sender)).toBe(true))
        await expectBytes(receiver, bytes)
      }),
      { numRuns: 10 },
    )
  },
)
