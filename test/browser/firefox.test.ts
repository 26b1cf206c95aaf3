import { describe } from 'vitest'
import { needs } from '../needs.ts'
import { expectCall, type Guest } from './guest.ts'
import { House } from './house.ts'

const test = needs('chromium', 'firefox')

describe('Chromium and Firefox', () => {
  const house = new House()
  const browsers: Record<string, () => Promise<Guest>> = { Chromium: () => house.chromium(), Firefox: () => house.firefox() }

  test.each([
    ['Chromium', 'Firefox'],
    ['Firefox', 'Chromium'],
  ])('%s makes the room, %s comes, and they see and hear each other', async (first, second) => {
    const room = house.newRoom()
    const [ann, ben] = [await browsers[first]!(), await browsers[second]!()]
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
