import type { Entry, Life } from './ledger.ts'

interface Said { at: number; print: string }

/** What was said through the server, and what became of it, from one to the other. */
export interface Account {
  said: number
  acknowledged: number
  heard: number
  resyncs: number
  violations: string[]
}

/** Whether everything that one said came to the other once and in order, as far as the other's page was there to hear it. */
export function audit(speaker: readonly Life[], hearer: readonly Life[]): Account {
  const said = everythingSaid(speaker)
  const runs = runsOf(hearer)
  const heard = runs.flat().length
  const acknowledged = Math.max(0, ...speaker.flat().map((entry) => (entry.is === 'acknowledged' ? entry.at : 0)))
  const newest = said.at(-1)?.at ?? 0
  const violations = [
    ...runs.flatMap((run) => judge(run, said)),
    ...(acknowledged < newest ? [`number ${newest} was said, and the server has acknowledged ${acknowledged}`] : []),
    ...judgeEnd(runs.at(-1) ?? [], said),
  ]
  return { said: said.length, acknowledged, heard, resyncs: hearer.flat().filter(({ is }) => is === 'resync').length, violations }
}

/** By number; of what was said twice under one number, what the server took: a page loaded anew goes on where the server's count ends. */
function everythingSaid(lives: readonly Life[]): Said[] {
  const all = new Map<number, string>()
  for (const life of lives) {
    const own = life.filter((entry): entry is Extract<Entry, { is: 'said' | 'heard' }> => entry.is === 'said')
    const first = own[0]?.at ?? Infinity
    for (const at of all.keys()) if (at >= first) all.delete(at)
    for (const { at, print } of own) all.set(at, print)
  }
  return [...all].sort(([one], [other]) => one - other).filter(([, print]) => print !== '').map(([at, print]) => ({ at, print }))
}

/** What was heard without a break: by one page, and from one gap that it was told of to the next. */
function runsOf(lives: readonly Life[]): Said[][] {
  let isMarked = false
  return lives.flatMap((life) => {
    const runs: Said[][] = [[]]
    for (const entry of life) {
      if (entry.is === 'marked') isMarked = true
      if (entry.is === 'resync') runs.push([])
      if (entry.is === 'heard' && isMarked) runs.at(-1)!.push({ at: entry.at, print: entry.print })
    }
    return runs
  })
}

function judge(run: readonly Said[], said: readonly Said[]): string[] {
  const [first] = run
  if (!first) return []
  const late = run.findIndex(({ at }, index) => index > 0 && at <= run[index - 1]!.at)
  if (late > 0) return [`position ${run[late]!.at} was heard after ${run[late - 1]!.at}`]
  return placesOf(run, said).length > 0 ? [] : [`these were heard one after the other, and not said so: ${run.map(({ print }) => print).join(', ')}`]
}

/** Nothing of what was said last is missing. */
function judgeEnd(run: readonly Said[], said: readonly Said[]): string[] {
  const places = placesOf(run, said)
  if (run.length === 0 || places.length === 0 || places.some((place) => place + run.length === said.length)) return []
  return [`of what was said, ${said.length - places.at(-1)! - run.length} at the end were not heard: ${said.slice(places.at(-1)! + run.length).map(({ print }) => print).join(', ')}`]
}

/** Where what was heard stands in what was said, without a gap. */
const placesOf = (run: readonly Said[], said: readonly Said[]): number[] =>
  said.flatMap((_, start) => (start + run.length <= said.length && run.every(({ print }, index) => said[start + index]!.print === print) ? [start] : []))
