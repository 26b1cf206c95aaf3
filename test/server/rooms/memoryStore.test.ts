import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { ManualClock } from '../manualClock.ts'
import { outageContract } from './outage.contract.ts'
import { storeContract, type StoreSubject } from './store.contract.ts'

const start = async (): Promise<StoreSubject> => {
  const clock = new ManualClock()
  return { store: new MemoryStore(clock), advance: async (milliseconds) => clock.advance(milliseconds) }
}

storeContract('memory', start)
outageContract('memory', start)
