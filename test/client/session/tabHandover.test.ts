import { afterEach, describe, expect, test } from 'vitest'
import { offerSeat, requestSeat } from '../../../client/session/tabHandover.ts'

const undos: (() => void)[] = []
afterEach(() => undos.splice(0).forEach((undo) => undo()))
const offer = (room: string, token: string | null): void =>
  void undos.push(
    offerSeat(room, () =>
      token === null ? null : { token, secrets: `secrets of ${token}`, chat: `chat of ${token}` },
    ),
  )

describe('seat of another tab', () => {
  test('requestSeat returns the seat of the same room', async () => {
    offer('den', 'mine')
    offer('attic', 'of another room')
    expect(await requestSeat('den')).toEqual({ token: 'mine', secrets: 'secrets of mine', chat: 'chat of mine' })
  })

  test('requestSeat returns null if no tab has a seat', async () => {
    offer('den', null)
    offer('attic', 'of another room')
    expect(await requestSeat('den')).toBeNull()
  })

  test('a closed tab does not offer its seat', async () => {
    offerSeat('den', () => ({ token: 'gone', secrets: null, chat: null }))()
    expect(await requestSeat('den')).toBeNull()
  })
})
