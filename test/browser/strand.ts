import type { Socket } from 'node:net'

/** From the page to its server, and from there to the page. */
export type Direction = 'up' | 'down'

export interface StrandParts {
  /** How long what comes now is under way. */
  delay(): number
  /** This arrives. */
  carry(direction: Direction, chunk: Buffer): void
}

/** One connection through a cable. */
export class Strand {
  readonly #ends: Readonly<Record<Direction, Socket>>

  constructor(near: Socket, far: Socket, { delay, carry }: StrandParts) {
    this.#ends = { up: near, down: far }
    join(near, far, delay, (chunk) => carry('up', chunk))
    join(far, near, delay, (chunk) => carry('down', chunk))
  }

  end(): void {
    for (const end of Object.values(this.#ends)) end.destroy()
  }

  reset(): void {
    for (const end of Object.values(this.#ends)) end.resetAndDestroy()
  }

  /** Nothing is read any more: what is sent waits here, and what was closed is not seen to be. */
  freeze(directions: readonly Direction[]): void {
    for (const direction of directions) this.#ends[direction].pause()
  }

  thaw(): void {
    for (const end of Object.values(this.#ends)) end.resume()
  }
}

function join(from: Socket, to: Socket, delay: () => number, carry: (chunk: Buffer) => void): void {
  let last = 0
  /** In its order, even when the delay becomes shorter. */
  const later = (work: () => void): void => {
    const now = performance.now()
    last = Math.max(last, now + delay())
    if (last === now) work()
    else setTimeout(work, Math.ceil(last - now))
  }
  from.setNoDelay()
  from.on('data', (chunk) => later(() => {
    to.write(chunk)
    carry(chunk)
  }))
  from.on('end', () => later(() => to.end()))
  from.on('error', () => undefined)
  from.on('close', () => later(() => to.destroy()))
}
