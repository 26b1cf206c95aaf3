import { describe } from 'vitest'
import { needs } from '../needs.ts'
import { expectCall } from './guest.ts'
import { House } from './house.ts'

const test = needs('chromium', 'firefox')

describe('Chromium and Firefox', () => {
  const house = new House()

  test('Chromium makes the room, Firefox comes, and they see and hear each other', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await house.chromium(), await house.firefox()]
    await ann.join(room)
    await ann.becomes({ visit: 'inside', room: 'created', call: 'offering' })
    await ben.join(room)

    await expectCall(ann, ben)

    await ben.press('Hang up')
    await ben.becomes({ visit: 'outside', call: 'hangup' })
    await ann.becomes({ visit: 'inside', room: 'created' })
    await ben.press('Rejoin')
    await expectCall(ann, ben)
  })
})
