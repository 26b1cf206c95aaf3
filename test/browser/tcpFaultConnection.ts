import type { Socket } from 'node:net'

/** From the page to its server, and from there to the page. */
export type Direction = 'up' | 'down'

export interface ForwardingOptions {
  /** How long what comes now is under way. */
  delayMs(): number
  /** This arrives. */
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

  destroy(): void {
    for (const end of Object.values(this.#sockets)) end.destroy()
  }

  reset(): void {
    for (const end of Object.values(this.#sockets)) end.resetAndDestroy()
  }

  /** Nothing is read any more: what is sent waits here, and what was closed is not seen to be. */
  freeze(directions: readonly Direction[]): void {
    for (const direction of directions) this.#sockets[direction].pause()
  }

  resume(): void {
    for (const end of Object.values(this.#sockets)) end.resume()
  }
}

function forward(from: Socket, to: Socket, delayMs: () => number, onForwarded: (chunk: Buffer) => void): void {
  let lastDueAt = 0
  /** In its order, even when the delay becomes shorter. */
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
