import { afterEach } from 'vitest'
import type { ClientOptions } from 'ws'
import { readConfig } from '../../server/config/config.ts'
import { createLog } from '../../server/common/log.ts'
import { startServer, type Overrides, type Running } from '../../server/startServer.ts'
import { ManualClock } from './clock.ts'
import { Person } from './people.ts'

/** A server of a test's own, the people at it, and what it logged. */
export interface World {
  server: Running
  clock: ManualClock
  log: string[]
  person(options?: ClientOptions): Person
  /** One at the admin listener. */
  owner(options?: ClientOptions): Person
  /** Resolves when this was logged so many times. */
  logged(message: string, times?: number): Promise<void>
  end(): Promise<void>
}

const worlds: World[] = []

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end()
})

/** One that ends with the test. */
export async function startWorld(overrides: Overrides = {}, env: Record<string, string> = {}): Promise<World> {
  const world = await openWorld(overrides, env)
  worlds.push(world)
  return world
}

export async function openWorld(overrides: Overrides = {}, env: Record<string, string> = {}): Promise<World> {
  const clock = new ManualClock()
  const { log, logged, write } = recorder()
  const server = await startServer(
    readConfig({ PORT: '0', HOST: '127.0.0.1', DUET_TURN: 'off', DUET_ADMIN: '127.0.0.1:0', ...env }),
    { clock, log: createLog('trace', { write }), ...overrides },
  )
  const people: Person[] = []
  const meet = (url: string, options?: ClientOptions): Person => {
    const one = new Person(url, options)
    people.push(one)
    return one
  }
  const person = (options?: ClientOptions): Person => meet(server.url, options)
  const owner = (options?: ClientOptions): Person => meet(server.adminUrl ?? '', options)
  const end = async (): Promise<void> => {
    await Promise.all(people.map((one) => one.close()))
    await server.close()
  }
  return { server, clock, log, person, owner, logged, end }
}

function recorder() {
  const log: string[] = []
  const wakes: (() => void)[] = []
  const write = (line: string): void => {
    log.push(line)
    for (const wake of wakes.splice(0)) wake()
  }
  const count = (message: string): number => log.filter((line) => (JSON.parse(line) as { msg?: string }).msg === message).length
  const logged = async (message: string, times = 1): Promise<void> => {
    while (count(message) < times) await new Promise<void>((resolve) => void wakes.push(resolve))
  }
  return { log, logged, write }
}
