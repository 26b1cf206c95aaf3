import { quantile } from '../../harness/statistics.ts'
import type { CommandResults, LoadCommand } from './commands.ts'
import { createChannelData, closePairs, openDirectPairs, openPairs, type RelayedPair } from './relayedPair.ts'
import { pause } from './stopwatch.ts'

/** More than the number of trips in flight. */
const slots = 1 << 16
const warmUpSeconds = 0.5
/** A trip that takes longer counts as lost. */
const lossTimeoutMs = 300

/** Open loop: starts round trips at a steady rate, independent of earlier ones. */
export async function pace({
  target,
  pairs: count,
  sizeBytes,
  perSecond,
  seconds,
  direct,
}: LoadCommand<'pace'>): Promise<CommandResults['pace']> {
  const pairs = direct ? await openDirectPairs(count) : await openPairs(target, count)
  const trips = new Trips(pairs, sizeBytes)
  await keepPace(trips, perSecond, warmUpSeconds)
  await pause(lossTimeoutMs)
  trips.forget()
  await keepPace(trips, perSecond, seconds)
  await pause(lossTimeoutMs)
  const { sent, milliseconds } = trips
  await closePairs(pairs)
  return {
    sent,
    lost: sent - milliseconds.length,
    p50Ms: quantile(milliseconds, 0.5),
    p99Ms: quantile(milliseconds, 0.99),
  }
}

/** Polls without a pause, because the generator has its own core. A timer would add up to 1 ms and cause bursts. */
function keepPace(trips: Trips, perSecond: number, seconds: number): Promise<void> {
  const since = performance.now()
  let begun = 0
  return new Promise((resolve) => {
    const step = (): void => {
      const elapsed = (performance.now() - since) / 1000
      for (const due = Math.min(elapsed, seconds) * perSecond; begun < due; begun++) trips.begin()
      if (elapsed >= seconds) resolve()
      else setImmediate(step)
    }
    step()
  })
}

class Trips {
  sent = 0
  milliseconds: number[] = []
  readonly #pairs: RelayedPair[]
  readonly #packet: Buffer
  readonly #began = new Float64Array(slots)
  #number = 0

  constructor(pairs: RelayedPair[], size: number) {
    this.#pairs = pairs
    this.#packet = createChannelData(size)
    for (const { near, far } of pairs) {
      far.onChannel = (packet) => far.socket.send(packet)
      near.onChannel = (packet) =>
        void this.milliseconds.push(performance.now() - this.#began[packet.readUInt32BE(4) % slots]!)
    }
  }

  begin(): void {
    const packet = Buffer.from(this.#packet)
    packet.writeUInt32BE(this.#number, 4)
    this.#began[this.#number % slots] = performance.now()
    this.#pairs[this.#number % this.#pairs.length]!.near.socket.send(packet)
    this.#number++
    this.sent++
  }

  forget(): void {
    this.sent = 0
    this.milliseconds = []
  }
}
