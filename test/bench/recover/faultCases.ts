import { setTimeout as sleep } from 'node:timers/promises'
import type { UserPair } from '../lab/userPair.ts'
import { longestSilenceMs } from '../lab/mediaFlow.ts'
import type { BenchLab } from '../lab/benchLab.ts'
import type { Undo } from '../lab/uplink.ts'

/** The result of one run. */
export interface Sample {
  /** Time until recovery; null if it did not recover within the timeout. */
  recoveryMs: number | null
  /** The longest gap in audio or video at either user, from the fault on. */
  silenceMs: number
  /** Peer connections that the second user created. */
  newConnections: number
}

/** The result of a fault case, before new connections are counted. */
export type Measurement = Omit<Sample, 'newConnections'>

/** A fault, its measurement and its limit. */
export interface FaultCase {
  name: string
  /** The measured interval, for the report. */
  measured: string
  limitMs: number
  /** The maximum gap in media. */
  maxSilenceMs?: number
  /** Applies the fault to the first user and measures the recovery. Deferred functions run after the run. */
  run(pair: UserPair, lab: BenchLab, defer: (undo: Undo) => void): Promise<Measurement>
}

/** Observation time after the recovery, for late gaps. */
const observeAfterMs = 3_000
const outageMs = 10_000
const timeoutMsFor = (limit: number): number => 2 * limit + 15_000

/** The cases of the benchmark. `--only` filters by name. */
export const faultCases: FaultCase[] = [
  {
    name: 'signaling reset (RST)',
    measured: 'fault → seat held again; media must go on',
    limitMs: 2_000,
    maxSilenceMs: 1_000,
    run: (pair, lab) => measureSignaling(pair, lab, 2_000, () => pair.both[0].host.resetSignaling()),
  },
  {
    name: 'signaling silent',
    measured: 'fault → seat held again; media must go on',
    limitMs: 10_000,
    maxSilenceMs: 1_000,
    run: (pair, lab, defer) =>
      measureSignaling(pair, lab, 10_000, () => defer(pair.both[0].host.freezeOpenSignaling())),
  },
  {
    name: 'page reloaded',
    measured: 'reload → media both ways',
    limitMs: 5_000,
    run: (pair) => measureMedia(pair, 5_000, () => pair.both[0].reload()),
  },
  {
    name: 'link cut for 10 s',
    measured: 'its return → media both ways',
    limitMs: 2_000,
    run: (pair) =>
      measureMedia(pair, 2_000, async () => {
        const { link } = pair.both[0].host.activeUplink
        link.cut()
        await sleep(outageMs)
        return runAndReadTime(() => link.restore())
      }),
  },
  {
    name: 'network and address changed',
    measured: 'change → media both ways',
    limitMs: 8_000,
    run: (pair) => measureMedia(pair, 8_000, () => runAndReadTime(() => pair.both[0].host.switchUplink())),
  },
  {
    name: 'UDP blocked',
    measured: 'fault → media both ways, by TCP or TLS',
    limitMs: 20_000,
    run: async (pair, _, defer) => {
      const found = await measureMedia(pair, 20_000, () =>
        runAndReadTime(() => defer(pair.both[0].host.activeUplink.blockUdp())),
      )
      const path = await pair.both[0].readCandidatePair()
      if (found.recoveryMs !== null && !/tcp|tls/.test(path?.local.relayProtocol ?? ''))
        throw new Error(`media without UDP used ${JSON.stringify(path)}`)
      return found
    },
  },
]

/** Runs `work`. Returns the time before it. */
function runAndReadTime(work: () => void): number {
  const time = Date.now()
  work()
  return time
}

/** @param act stops media; resolves to the start of the measurement */
async function measureMedia(pair: UserPair, limit: number, act: () => number | Promise<number>): Promise<Measurement> {
  const since = await act()
  return measure(pair, since, () => pair.waitForMedia({ since, stops: true, timeoutMs: timeoutMsFor(limit) }))
}

async function measureSignaling(
  pair: UserPair,
  { product: { output } }: BenchLab,
  limit: number,
  act: () => void,
): Promise<Measurement> {
  const from = output().length
  const since = runAndReadTime(act)
  return measure(pair, since, async () => {
    for (const end = since + timeoutMsFor(limit); Date.now() < end; await sleep(20)) {
      const found = /^.*"msg":"holder\.resumed".*$/m.exec(output().slice(from))
      if (found) return (JSON.parse(found[0]) as { time: number }).time
    }
    return null
  })
}

async function measure(pair: UserPair, since: number, wait: () => Promise<number | null>): Promise<Measurement> {
  const end = await wait()
  if (end !== null) await sleep(observeAfterMs)
  const readings = await pair.readMeters()
  return {
    recoveryMs: end === null ? null : Math.max(0, end - since),
    silenceMs: readings ? longestSilenceMs(readings, since) : Infinity,
  }
}
