import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { ManualClock } from '../clock.ts'
import { storeContract } from './store.contract.ts'

storeContract('memory', async () => {
  const clock = new ManualClock()
  return { store: new MemoryStore(clock), pass: async (milliseconds) => clock.pass(milliseconds) }
})
