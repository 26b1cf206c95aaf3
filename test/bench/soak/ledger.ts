/** What a page said to the other one through the server and heard from there, in order. */
export type Entry =
  | { is: 'joined'; seat: string; resumed: boolean }
  | { is: 'said' | 'heard'; at: number; print: string }
  | { is: 'acknowledged'; at: number }
  | { is: 'resync' | 'marked' }
  | { is: 'left'; reason: string }

/** One stay of a page, from loading to the next: what is said and heard goes on from one to the next, what was heard is forgotten. */
export type Life = Entry[]

interface Frame {
  id?: number
  params?: { path?: string; input?: { n?: number; message?: { type: string } } }
  result?: { data?: { said?: number; id?: string; data?: { type?: string; message?: { type: string }; seat?: string; resumed?: boolean; reason?: string } } }
}

/** Keeps the books of a page's sockets. It runs before the page's own scripts, sent as its text, and outlives reloading. */
function keep(): void {
  const lives = JSON.parse(sessionStorage.getItem('bench-ledger') ?? '[]') as Life[]
  const life: Life = []
  lives.push(life)
  addEventListener('pagehide', () => sessionStorage.setItem('bench-ledger', JSON.stringify(lives)))

  const sorted = (value: unknown): unknown =>
    value !== null && typeof value === 'object' ? Object.entries(value).sort().map(([name, part]) => [name, sorted(part)]) : value
  /** Tells messages apart, and holds none of them. */
  const printOf = (message: { type: string }): string => {
    let hash = 0x811c9dc5
    for (const character of JSON.stringify(sorted(message))) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0
    return `${message.type} ${hash.toString(16)}`
  }
  /** Nobody keeps what is only to be looked at. */
  const isKept = (message: { type: string } | undefined): message is { type: string } => message !== undefined && message.type !== 'trace'
  const noteSent = (data: unknown): void => {
    if (typeof data !== 'string' || !data.includes('"room.say"')) return
    const { params } = JSON.parse(data) as Frame
    const { n = 0, message } = params?.input ?? {}
    if (message) life.push({ is: 'said', at: n, print: isKept(message) ? printOf(message) : '' })
  }
  const noteEvent = (position: string, event: NonNullable<NonNullable<NonNullable<Frame['result']>['data']>['data']>): void => {
    if (event.type === 'joined') life.push({ is: 'joined', seat: event.seat ?? '', resumed: event.resumed === true })
    if (event.type === 'resync') life.push({ is: 'resync' })
    if (event.type === 'peer.left') life.push({ is: 'left', reason: event.reason ?? '' })
    if (event.type === 'message' && isKept(event.message)) life.push({ is: 'heard', at: Number(position.split('.')[1]), print: printOf(event.message) })
  }
  const noteHeard = (data: unknown): void => {
    if (typeof data !== 'string' || !data.startsWith('{')) return
    const found = (JSON.parse(data) as Frame).result?.data
    if (found?.said !== undefined) life.push({ is: 'acknowledged', at: found.said })
    if (found?.id !== undefined && found.data) noteEvent(found.id, found.data)
  }
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      this.addEventListener('message', ({ data }) => noteHeard(data))
    }
    override send(data: Parameters<WebSocket['send']>[0]): void {
      noteSent(data)
      super.send(data)
    }
  }
  Object.assign(window, { readLedger: () => lives, markLedger: () => life.push({ is: 'marked' }) })
}

export const ledgerScript = `(${String(keep)})()`

export const readLedger = (): Life[] => (window as unknown as { readLedger(): Life[] }).readLedger()

/** From here on the books are to be right: before, an empty seat kept little of what was said to it. */
export const markLedger = (): void => (window as unknown as { markLedger(): void }).markLedger()
