import { setTimeout as sleep } from 'node:timers/promises'
import type { Couple } from '../lab/couple.ts'
import { longestSilence } from '../lab/flow.ts'
import type { Town } from '../lab/town.ts'
import type { Undo } from '../lab/way.ts'

/** What one run found; milliseconds. */
export interface Sample {
  /** Until it was over. Null: not within patience. */
  took: number | null
  /** The longest time in which nothing arrived at somebody, from the fault on. */
  silence: number
  /** Peer connections that were made. */
  connections: number
}

export type Found = Omit<Sample, 'connections'>

export interface Row {
  name: string
  /** From which moment to which. */
  measured: string
  limit: number
  /** Media must not stop for as long as this. */
  mostSilence?: number
  /** Does it to the first of them, and waits until it is over. What it defers is undone after the run. */
  run(couple: Couple, town: Town, defer: (undo: Undo) => void): Promise<Found>
}

/** What is to be seen late is seen by then. */
const aftermath = 3_000
const outage = 10_000
const patience = (limit: number): number => 2 * limit + 15_000

export const rows: Row[] = [
  {
    name: 'line killed by RST', measured: 'fault → seat held again; media must go on', limit: 2_000, mostSilence: 1_000,
    run: (couple, town) => line(couple, town, 2_000, () => couple.both[0].household.resetLine()),
  },
  {
    name: 'line goes silent', measured: 'fault → seat held again; media must go on', limit: 10_000, mostSilence: 1_000,
    run: (couple, town, defer) => line(couple, town, 10_000, () => defer(couple.both[0].household.abandonLine())),
  },
  {
    name: 'page loaded anew', measured: 'reload → media both ways', limit: 5_000,
    run: (couple) => media(couple, 5_000, () => couple.both[0].reload()),
  },
  {
    name: 'path gone for 10 s', measured: 'its return → media both ways', limit: 2_000,
    run: (couple) => media(couple, 2_000, async () => {
      const { radio } = couple.both[0].household.way
      radio.cut()
      await sleep(outage)
      return at(() => radio.mend())
    }),
  },
  {
    name: 'another network, another address', measured: 'change → media both ways', limit: 8_000,
    run: (couple) => media(couple, 8_000, () => at(() => couple.both[0].household.move())),
  },
  {
    name: 'UDP taken away', measured: 'fault → media both ways, by TCP or TLS', limit: 20_000,
    run: async (couple, _, defer) => {
      const found = await media(couple, 20_000, () => at(() => defer(couple.both[0].household.way.blockUdp())))
      const pair = await couple.both[0].pair()
      if (found.took !== null && !/tcp|tls/.test(pair?.local.relayProtocol ?? '')) throw new Error(`media came without UDP by ${JSON.stringify(pair)}`)
      return found
    },
  },
]

/** When it began. */
function at(work: () => void): number {
  const time = Date.now()
  work()
  return time
}

/** @param act stops media; resolves with the moment from which the clock runs */
async function media(couple: Couple, limit: number, act: () => number | Promise<number>): Promise<Found> {
  const since = await act()
  return measure(couple, since, () => couple.flows({ since, stops: true, patience: patience(limit) }))
}

async function line(couple: Couple, { product: { log } }: Town, limit: number, act: () => void): Promise<Found> {
  const from = log.length
  const since = at(act)
  return measure(couple, since, async () => {
    for (const end = since + patience(limit); Date.now() < end; await sleep(20)) {
      const found = log.slice(from).find((text) => text.includes('"msg":"holder.resumed"'))
      if (found) return (JSON.parse(found) as { time: number }).time
    }
    return null
  })
}

async function measure(couple: Couple, since: number, wait: () => Promise<number | null>): Promise<Found> {
  const end = await wait()
  if (end !== null) await sleep(aftermath)
  const readings = await couple.read()
  return { took: end === null ? null : Math.max(0, end - since), silence: readings ? longestSilence(readings, since) : Infinity }
}
