/** A signaling event of a page: messages sent through the server and received from it, in order. */
export type LedgerEntry =
  | { is: 'joined'; seat: string; resumed: boolean }
  | { is: 'sent' | 'received'; at: number; digest: string }
  | { is: 'acknowledged'; at: number }
  | { is: 'resync' | 'marked' }
  | { is: 'left'; reason: string }

/** The log of one page load. Sequence numbers continue over reloads; received messages are not replayed. */
export type PageLog = LedgerEntry[]

interface Frame {
  id?: number
  params?: { path?: string; input?: { seq?: number; message?: { type: string } } }
  result?: {
    data?: {
      acked?: number
      id?: string
      data?: { type?: string; message?: { type: string }; seat?: string; resumed?: boolean; reason?: string }
    }
  }
}

/** Logs a page's sockets. Sent as text, it runs before the page's own scripts. The log survives reloads. */
function installLedger(): void {
  const pageLogs = JSON.parse(sessionStorage.getItem('bench-ledger') ?? '[]') as PageLog[]
  const pageLog: PageLog = []
  pageLogs.push(pageLog)
  addEventListener('pagehide', () => sessionStorage.setItem('bench-ledger', JSON.stringify(pageLogs)))

  const sorted = (value: unknown): unknown =>
    value !== null && typeof value === 'object'
      ? Object.entries(value)
          .sort()
          .map(([name, part]) => [name, sorted(part)])
      : value
  /** A hash that identifies a message without its content. */
  const createDigest = (message: { type: string }): string => {
    let hash = 0x811c9dc5
    for (const character of JSON.stringify(sorted(message)))
      hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0
    return `${message.type} ${hash.toString(16)}`
  }
  /** False for trace entries, which the server does not store. */
  const isStored = (message: { type: string } | undefined): message is { type: string } =>
    message !== undefined && message.type !== 'trace.entries'
  const recordSent = (data: unknown): void => {
    if (typeof data !== 'string' || !data.includes('"room.send"')) return
    const { params } = JSON.parse(data) as Frame
    const { seq = 0, message } = params?.input ?? {}
    if (message) pageLog.push({ is: 'sent', at: seq, digest: isStored(message) ? createDigest(message) : '' })
  }
  const recordEvent = (
    position: string,
    event: NonNullable<NonNullable<NonNullable<Frame['result']>['data']>['data']>,
  ): void => {
    if (event.type === 'joined') pageLog.push({ is: 'joined', seat: event.seat ?? '', resumed: event.resumed === true })
    if (event.type === 'resync') pageLog.push({ is: 'resync' })
    if (event.type === 'peer.left') pageLog.push({ is: 'left', reason: event.reason ?? '' })
    if (event.type === 'message' && isStored(event.message))
      pageLog.push({ is: 'received', at: Number(position.split('.')[1]), digest: createDigest(event.message) })
  }
  const recordReceived = (data: unknown): void => {
    if (typeof data !== 'string' || !data.startsWith('{')) return
    const found = (JSON.parse(data) as Frame).result?.data
    if (found?.acked !== undefined) pageLog.push({ is: 'acknowledged', at: found.acked })
    if (found?.id !== undefined && found.data) recordEvent(found.id, found.data)
  }
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      this.addEventListener('message', ({ data }) => recordReceived(data))
    }
    override send(data: Parameters<WebSocket['send']>[0]): void {
      recordSent(data)
      super.send(data)
    }
  }
  Object.assign(window, { readLedger: () => pageLogs, markLedger: () => pageLog.push({ is: 'marked' }) })
}

declare global {
  interface Window {
    readLedger(): PageLog[]
    markLedger(): void
  }
}

/** The script that installs the log in a page. */
export const ledgerScript = `(${String(installLedger)})()`

/** Runs in a page and reads the logs of all page loads. */
export const readLedger = (): PageLog[] => window.readLedger()

/** Marks the start of the audited part. Before it, the mailbox of an empty seat drops messages. */
export const markLedger = (): void => window.markLedger()
