import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Strand, type Direction } from './strand.ts'

/** What lies between a page and its server, to be cut, frozen, delayed and mended. */
export class Cable {
  readonly port: number
  /** Sees what arrives, at the server or at the page. */
  onCarried: (direction: Direction, chunk: Buffer) => void = () => undefined
  readonly #server: Server
  readonly #strands: Set<Strand>
  #isCut = false
  #delay = 0

  private constructor(server: Server, port: number, strands: Set<Strand>) {
    this.#server = server
    this.port = port
    this.#strands = strands
  }

  static async lay(to: number): Promise<Cable> {
    const strands = new Set<Strand>()
    const server = createServer({ allowHalfOpen: true }, (near) => cable.#take(near, to)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const cable = new Cable(server, (server.address() as AddressInfo).port, strands)
    return cable
  }

  /** How many connections there are. */
  get open(): number {
    return this.#strands.size
  }

  /** Everything ends, and nothing can be opened. */
  cut(): void {
    this.#isCut = true
    for (const strand of this.#strands) strand.end()
  }

  /** Everything ends by RST, as from a router that was started anew; what is opened next passes. */
  reset(): void {
    for (const strand of this.#strands) strand.reset()
  }

  /** What is connected stays so, and carries nothing, and nobody is told; what is opened next passes. */
  freeze(...directions: readonly Direction[]): void {
    for (const strand of this.#strands) strand.freeze(directions.length ? directions : ['up', 'down'])
  }

  /** From now on everything takes so many milliseconds, each way. */
  delay(milliseconds: number): void {
    this.#delay = milliseconds
  }

  /** As new; what was held back arrives now, late as it is. */
  mend(): void {
    this.#isCut = false
    this.#delay = 0
    for (const strand of this.#strands) strand.thaw()
  }

  async end(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #take(near: Socket, to: number): void {
    if (this.#isCut) return void near.destroy()
    const far = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true })
    const strand = new Strand(near, far, { delay: () => this.#delay, carry: (direction, chunk) => this.onCarried(direction, chunk) })
    this.#strands.add(strand)
    near.on('close', () => this.#strands.delete(strand))
  }
}
