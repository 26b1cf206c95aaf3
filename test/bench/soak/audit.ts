import type { LedgerEntry, PageLog } from './ledger.ts'

interface LoggedMessage {
  at: number
  digest: string
}

/** The audit of one direction: counts of messages through the server, and violations. */
export interface AuditResult {
  sent: number
  acknowledged: number
  received: number
  resyncs: number
  violations: string[]
}

/** Checks that every sent message arrived once and in order, while the receiver's page was loaded. */
export function audit(sender: readonly PageLog[], receiver: readonly PageLog[]): AuditResult {
  const sent = collectSent(sender)
  const runs = collectRuns(receiver)
  const received = runs.flat().length
  const acknowledged = Math.max(0, ...sender.flat().map((entry) => (entry.is === 'acknowledged' ? entry.at : 0)))
  const newest = sent.at(-1)?.at ?? 0
  const violations = [
    ...runs.flatMap((run) => checkRun(run, sent)),
    ...(acknowledged < newest ? [`number ${newest} was sent, but the server acknowledged only ${acknowledged}`] : []),
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

/**
 * Sent messages by number. A reloaded page continues at the server's count. Its messages replace those with the
 * same numbers, which the server did not accept.
 */
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

/** Runs of received messages without a gap. A page load and a `resync` start a new run. */
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
  if (late > 0) return [`position ${run[late]!.at} arrived after ${run[late - 1]!.at}`]
  return findOffsets(run, sent).length > 0
    ? []
    : [`received in an order that was not sent: ${run.map(({ digest }) => digest).join(', ')}`]
}

/** Checks that the last run ends with the last sent message. */
function checkEnd(run: readonly LoggedMessage[], sent: readonly LoggedMessage[]): string[] {
  const places = findOffsets(run, sent)
  if (run.length === 0 || places.length === 0 || places.some((place) => place + run.length === sent.length)) return []
  return [
    `the last ${sent.length - places.at(-1)! - run.length} sent messages were not received: ${sent
      .slice(places.at(-1)! + run.length)
      .map(({ digest }) => digest)
      .join(', ')}`,
  ]
}

/** All offsets at which the run occurs in the sent messages without a gap. */
const findOffsets = (run: readonly LoggedMessage[], sent: readonly LoggedMessage[]): number[] =>
  sent.flatMap((_, start) =>
    start + run.length <= sent.length && run.every(({ digest }, index) => sent[start + index]!.digest === digest)
      ? [start]
      : [],
  )
