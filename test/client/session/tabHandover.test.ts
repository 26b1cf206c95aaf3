import { afterEach, describe, expect, test } from 'vitest'
import { lendSeat, seekSeat } from '../../../client/session/tabHandover.ts'

const undos: (() => void)[] = []
afterEach(() => undos.splice(0).forEach((undo) => undo()))
const lend = (room: string, token: string | null): void => void undos.push(lendSeat(room, () => token === null ? null : { token, bond: `bond of ${token}` }))

describe('the seat of another tab', () => {
  test('is found by the room', async () => {
    lend('den', 'mine')
    lend('attic', 'of another room')
    expect(await seekSeat('den')).toEqual({ token: 'mine', bond: 'bond of mine' })
  })

  test('is not found where no tab has one', async () => {
    lend('den', null)
    lend('attic', 'of another room')
    expect(await seekSeat('den')).toBeNull()
  })

  test('is lent no more by a tab that is closed', async () => {
    lendSeat('den', () => ({ token: 'gone', bond: null }))()
    expect(await seekSeat('den')).toBeNull()
  })
})
