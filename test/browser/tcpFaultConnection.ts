import type { Socket } from 'node:net'

/** `up`: from the page to its server. `down`: from the server to the page. */
export type Direction = 'up' | 'down'

/** Delay and observer of the forwarded chunks. */
export interface ForwardingOptions {
  /** Current delay per direction, in ms. */
  delayMs(): number
  /** Called when a chunk was forwarded. */
  onForwarded(direction: Direction, chunk: Buffer): void
}

/** One TCP connection through a TcpFaultProxy. */
export class TcpFaultConnection {
  readonly #sockets: Readonly<Record<Direction, Socket>>

  constructor(near: Socket, far: Socket, { delayMs, onForwarded }: ForwardingOptions) {
    this.#sockets = { up: near, down: far }
    forward(near, far, delayMs, (chunk) => onForwarded('up', chunk))
    forward(far, near, delayMs, (chunk) => onForwarded('down', chunk))
  }

  /** Closes both sockets. */
  destroy(): void {
    for (const end of Object.values(this.#sockets)) end.destroy()
  }

  /** Closes both sockets with RST. */
  reset(): void {
    for (const end of Object.values(this.#sockets)) end.resetAndDestroy()
  }

  /** Stops reading: data waits in the kernel, and a close is not noticed. */
  freeze(directions: readonly Direction[]): void {
    for (const direction of directions) this.#sockets[direction].pause()
  }

  /** Reads both sockets again. */
  resume(): void {
    for (const end of Object.values(this.#sockets)) end.resume()
  }
}

function forward(from: Socket, to: Socket, delayMs: () => number, onForwarded: (chunk: Buffer) => void): void {
  let lastDueAt = 0
  /** Keeps the order even if the delay becomes shorter. */
  const afterDelay = (work: () => void): void => {
    const now = performance.now()
    lastDueAt = Math.max(lastDueAt, now + delayMs())
    if (lastDueAt === now) work()
    else setTimeout(work, Math.ceil(lastDueAt - now))
  }
  from.setNoDelay()
  from.on('data', (chunk) =>
    afterDelay(() => {
      to.write(chunk)
      onForwarded(chunk)
    }),
  )
  from.on('end', () => afterDelay(() => to.end()))
  from.on('error', () => undefined)
  from.on('close', () => afterDelay(() => to.destroy()))
}
