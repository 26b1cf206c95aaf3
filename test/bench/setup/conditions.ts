/** A page and its server. `off` and `prepared` are the product without and with the prepared connection. */
export const contestants = ['classic', 'off', 'prepared'] as const
export type Contestant = (typeof contestants)[number]

/** The names of the contestants in the tables. */
export const contestantNames: Readonly<Record<Contestant, string>> = {
  classic: 'classic',
  off: 'duet, DUET_PREPARE=off',
  prepared: 'duet, prepared',
}

/** A condition of the benchmark. */
export interface Condition {
  name: string
  /** Round trip in ms: from each page to the server, and between the pages. */
  roundTripMs: number
  isRelayOnly: boolean
  /** Both pages get a part of the CPU: one of this number. */
  cpuSlowdown: number
  /** The button that starts the clock: the visitor joins, or the waiting person admits the visitor. */
  startButton: 'Join' | 'Admit'
  /** The largest ratios to the classic page. */
  aims: Partial<Record<Contestant, number>>
  /** The condition of the classic page, which has no admission. */
  classicCondition?: string
}

const usual = { roundTripMs: 100, isRelayOnly: false, cpuSlowdown: 1, startButton: 'Join' } as const

export const conditions: readonly Condition[] = [
  { ...usual, name: '100 ms', aims: { off: 0.6, prepared: 0.3 } },
  { ...usual, name: '100 ms, relay only', isRelayOnly: true, aims: { off: 0.6, prepared: 0.25 } },
  { ...usual, name: '100 ms, slow CPU', cpuSlowdown: 4, aims: { prepared: 0.5 } },
  { ...usual, name: '100 ms, Admit', startButton: 'Admit', aims: { prepared: 0.3 }, classicCondition: '100 ms' },
  { ...usual, name: 'no delay', roundTripMs: 0, aims: {} },
]
