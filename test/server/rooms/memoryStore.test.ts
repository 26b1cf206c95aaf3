import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { ManualClock } from '../manualClock.ts'
import { storeContract } from './store.contract.ts'

storeContract('memory', async () => {
  const clock = new ManualClock()
  return { store: new MemoryStore(clock), advance: async (milliseconds) => clock.advance(milliseconds) }
})
