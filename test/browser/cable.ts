import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What lies between a page and its server, to be cut and mended. */
export class Cable {
  readonly port: number
  readonly #server: Server
  readonly #ends: Set<Socket>
  #isCut = false

  private constructor(server: Server, port: number, ends: Set<Socket>) {
    this.#server = server
    this.port = port
    this.#ends = ends
  }

  static async lay(to: number): Promise<Cable> {
    const ends = new Set<Socket>()
    const server = createServer((near) => {
      if (cable.#isCut) return near.destroy()
      const far = connect(to, '127.0.0.1')
      for (const [end, other] of [[near, far], [far, near]] as const) {
        ends.add(end)
        end.on('error', () => undefined).on('close', () => {
          ends.delete(end)
          other.destroy()
        })
        end.pipe(other)
      }
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const cable = new Cable(server, (server.address() as AddressInfo).port, ends)
    return cable
  }

  cut(): void {
    this.#isCut = true
    for (const end of this.#ends) end.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async end(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
