import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { createLog } from '../../../server/common/log.ts'
import { type Clock, systemClock } from '../../../server/common/clock.ts'
import { RedisStore } from '../../../server/redis/redisStore.ts'
import { ManualClock } from '../manualClock.ts'
import { outageContract } from '../rooms/outage.contract.ts'
import type { Store } from '../../../server/rooms/store.ts'
import { storeContract, type StoreSubject } from '../rooms/store.contract.ts'

const methodsOfAnyNode: ReadonlySet<keyof Store> = new Set([
  'load',
  'appendMessage',
  'publishOffer',
  'publishTransient',
  'countRooms',
  'countRoomsByState',
])

/** One redis-server, or the masters of a Cluster. */
export interface RedisSubject {
  readonly urls: readonly string[]
  close(): Promise<void>
}

/** Runs the contracts of stores on a Redis. */
export function redisContract(name: string, start: () => Promise<RedisSubject>): void {
  const key = randomBytes(32)
  const log = createLog('silent')
  const stores: RedisStore[] = []
  let subject: RedisSubject
  let masters: Redis[]

  beforeAll(async () => {
    subject = await start()
    masters = subject.urls.map((url) => new Redis(url))
  })
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()))
    await Promise.all(masters.map((master) => master.flushall()))
  })
  afterAll(async () => {
    for (const master of masters) master.disconnect()
    await subject.close()
  })

  /** Shortens the lifetime of all mailboxes, as if this time had passed. */
  async function age(milliseconds: number): Promise<void> {
    for (const master of masters)
      for (const mailbox of await master.keys('duet:{*}:[ab]:*')) {
        const leftMs = await master.pttl(mailbox)
        if (leftMs > 0) await master.pexpire(mailbox, leftMs - milliseconds)
      }
  }

  const openStore = async (clock: Clock): Promise<RedisStore> => {
    const store = await RedisStore.open(subject.urls, key, clock, log)
    stores.push(store)
    return store
  }
  const startStore = async (): Promise<StoreSubject> => ({ store: await openStore(systemClock), advance: age })

  /** A store of one node. The calls that any node may make of its rooms come from another node. */
  const startStores = async (): Promise<StoreSubject> => {
    // With this clock the nodes do not learn of each other, so limits are those of one node.
    const [own, other] = [await openStore(new ManualClock()), await openStore(new ManualClock())]
    const store = new Proxy(own, {
      get(_, method: keyof Store) {
        const target = methodsOfAnyNode.has(method) ? other : own
        const member: unknown = Reflect.get(target, method, target)
        return typeof member === 'function' ? (member.bind(target) as unknown) : member
      },
    })
    return { store, advance: age }
  }
  storeContract(name, startStore)
  outageContract(name, startStore)
  storeContract(`two stores of one ${name}`, startStores)
}
