import { afterEach, describe, expect, test } from 'vitest'
import { offerSeat, requestSeat } from '../../../client/session/tabHandover.ts'

const undos: (() => void)[] = []
afterEach(() => undos.splice(0).forEach((undo) => undo()))
const offer = (room: string, token: string | null): void =>
  void undos.push(offerSeat(room, () => (token === null ? null : { token, secrets: `secrets of ${token}` })))

describe('the seat of another tab', () => {
  test('is found by the room', async () => {
    offer('den', 'mine')
    offer('attic', 'of another room')
    expect(await requestSeat('den')).toEqual({ token: 'mine', secrets: 'secrets of mine' })
  })

  test('is not found where no tab has one', async () => {
    offer('den', null)
    offer('attic', 'of another room')
    expect(await requestSeat('den')).toBeNull()
  })

  test('is lent no more by a tab that is closed', async () => {
    offerSeat('den', () => ({ token: 'gone', secrets: null }))()
    expect(await requestSeat('den')).toBeNull()
  })
})
