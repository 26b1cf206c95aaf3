import type { LedgerEntry, PageLog } from './ledger.ts'

interface LoggedMessage {
  at: number
  digest: string
}

/** What was sent through the server, and what became of it, from one to the other. */
export interface AuditResult {
  sent: number
  acknowledged: number
  received: number
  resyncs: number
  violations: string[]
}

/** Whether everything that one sent came to the other once and in order, as far as the other's page was there to hear it. */
export function audit(sender: readonly PageLog[], receiver: readonly PageLog[]): AuditResult {
  const sent = collectSent(sender)
  const runs = collectRuns(receiver)
  const received = runs.flat().length
  const acknowledged = Math.max(0, ...sender.flat().map((entry) => (entry.is === 'acknowledged' ? entry.at : 0)))
  const newest = sent.at(-1)?.at ?? 0
  const violations = [
    ...runs.flatMap((run) => checkRun(run, sent)),
    ...(acknowledged < newest ? [`number ${newest} was sent, and the server has acknowledged ${acknowledged}`] : []),
    ...checkEnd(runs.at(-1) ?? [], sent),
  ]
  return {
    sent: sent.length,
    acknowledged,
    received,
    resyncs: receiver.flat().filter(({ is }) => is === 'resync').length,
    violations,
  }
}

/** By number; of what was sent twice under one number, what the server took: a page loaded anew goes on where the server's count ends. */
function collectSent(pageLogs: readonly PageLog[]): LoggedMessage[] {
  const all = new Map<number, string>()
  for (const pageLog of pageLogs) {
    const own = pageLog.filter(
      (entry): entry is Extract<LedgerEntry, { is: 'sent' | 'received' }> => entry.is === 'sent',
    )
    const first = own[0]?.at ?? Infinity
    for (const at of all.keys()) if (at >= first) all.delete(at)
    for (const { at, digest } of own) all.set(at, digest)
  }
  return [...all]
    .sort(([one], [other]) => one - other)
    .filter(([, digest]) => digest !== '')
    .map(([at, digest]) => ({ at, digest }))
}

/** What was received without a break: by one page, and from one gap that it was told of to the next. */
function collectRuns(pageLogs: readonly PageLog[]): LoggedMessage[][] {
  let isMarked = false
  return pageLogs.flatMap((pageLog) => {
    const runs: LoggedMessage[][] = [[]]
    for (const entry of pageLog) {
      if (entry.is === 'marked') isMarked = true
      if (entry.is === 'resync') runs.push([])
      if (entry.is === 'received' && isMarked) runs.at(-1)!.push({ at: entry.at, digest: entry.digest })
    }
    return runs
  })
}

function checkRun(run: readonly LoggedMessage[], sent: readonly LoggedMessage[]): string[] {
  const [first] = run
  if (!first) return []
  const late = run.findIndex(({ at }, index) => index > 0 && at <= run[index - 1]!.at)
  if (late > 0) return [`position ${run[late]!.at} was received after ${run[late - 1]!.at}`]
  return findOffsets(run, sent).length > 0
    ? []
    : [`these were received one after the other, and not sent so: ${run.map(({ digest }) => digest).join(', ')}`]
}

/** Nothing of what was sent last is missing. */
function checkEnd(run: readonly LoggedMessage[], sent: readonly LoggedMessage[]): string[] {
  const places = findOffsets(run, sent)
  if (run.length === 0 || places.length === 0 || places.some((place) => place + run.length === sent.length)) return []
  return [
    `of what was sent, ${sent.length - places.at(-1)! - run.length} at the end were not received: ${sent
      .slice(places.at(-1)! + run.length)
      .map(({ digest }) => digest)
      .join(', ')}`,
  ]
}

/** Where what was received stands in what was sent, without a gap. */
const findOffsets = (run: readonly LoggedMessage[], sent: readonly LoggedMessage[]): number[] =>
  sent.flatMap((_, start) =>
    start + run.length <= sent.length && run.every(({ digest }, index) => sent[start + index]!.digest === digest)
      ? [start]
      : [],
  )
