import { readFileSync } from 'node:fs'
import { afterAll, describe, expect } from 'vitest'
import { WebSocket } from 'ws'
import { toApiUrl } from '../../server/tools/apiClient.ts'
import type { PeerMessage } from '../../machines/protocol/messages.ts'
import { deadlineMs } from '../deadline.ts'
import { needs } from '../needs.ts'
import { makeCertificates } from '../server/certificates.ts'
import { readMetrics } from '../server/metricsReader.ts'
import { useServerProcess, type ServerProcess } from '../server/serverProcess.ts'
import { candidate, offer, TestClient, type TestSubscription } from '../server/testClient.ts'
import { freePort } from '../turn/contract/coturnServer.ts'
import { pickPorts, proxyRecipes, replace, startRecipe } from './proxyRecipes.ts'

/** Two processes with the store in memory behind the recipes `nodes` of `deploy/`. */

const certificates = makeCertificates('localhost')
const certificate = { cert: certificates.file('localhost.crt'), key: certificates.file('localhost.key') }
afterAll(certificates.remove)
const program = useServerProcess()

const rooms = Array.from({ length: 20 }, (_, number) => `room-${number}`)

/** One page. Its socket has the path of its room, and is not opened again. */
class Page {
  readonly #client: TestClient
  readonly #url: string
  readonly #joined: TestSubscription
  seat = ''
  #token: string | undefined

  constructor(url: string, room: string, token?: string) {
    const socketOptions = { ca: readFileSync(certificates.file('localhost.crt')), headers: { Origin: url } }
    this.#client = new TestClient(url, socketOptions, { url: toApiUrl(url, room), retryDelayMs: () => 1e9 })
    this.#url = url
    this.#joined = this.#client.join(room, { ...(token && { token }) })
  }

  async join(): Promise<{ seat: string }> {
    const joined = await this.#joined.joined()
    this.seat = joined.seat
    this.#token = joined.token
    return joined
  }

  /** The same page with a new socket. It shows its newest token. */
  reconnect(): Page {
    return new Page(this.#url, this.#joined.room, this.#token)
  }

  get isConnected(): boolean {
    return this.#client.socket.readyState === WebSocket.OPEN
  }

  send(message: PeerMessage): Promise<number> {
    return this.#joined.send(message)
  }

  /** Resolves to the next message of the peer. Skips other events. */
  async readMessage(): Promise<PeerMessage> {
    for (;;) {
      const item = await this.#joined.next()
      if (item === 'completed' || 'errorCode' in item) throw new Error(`no message: ${JSON.stringify(item)}`)
      if (item.event.type === 'message') return item.event.message
    }
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

const countRooms = async (server: ServerProcess): Promise<number> => (await readMetrics({ server })).duet_rooms ?? NaN

describe.each(['nginx', 'haproxy'] as const)('two processes behind %s', (name) => {
  needs(name)(
    'both sockets of a room reach one process, and the rooms of a dead process move to the other',
    async () => {
      const recipe = proxyRecipes.find((each) => each.name === name)!
      const { ports } = await pickPorts()
      const first = await freePort(2)
      const url = `https://localhost:${ports.port}`
      const file = `${name}/nodes.${name === 'nginx' ? 'conf' : 'cfg'}`
      const toNodes = (text: string): string =>
        replace(replace(text, '127.0.0.1:8001', `127.0.0.1:${first}`), '127.0.0.1:8002', `127.0.0.1:${first + 1}`)
      const startProxy = () => startRecipe({ ...recipe, file }, ports, 0, certificate, null, toNodes)
      // HAProxy would first find both processes down.
      if (name === 'nginx') await startProxy()
      const servers = await Promise.all(
        [first, first + 1].map((port) =>
          program.start({
            PORT: String(port),
            DUET_PUBLIC_URL: url,
            DUET_TRUSTED_PROXIES: '127.0.0.1',
            DUET_SECRET: 'a secret of this test only',
            DUET_STATE: `${program.pages()}/../state-${name}-${port}`,
            DUET_TURN: 'off',
          }),
        ),
      )
      // Each process finds itself behind the proxy.
      if (name === 'nginx') await Promise.all(servers.map((each) => each.waitForOutput(/"msg":"reverse proxy set up"/)))
      else await startProxy()

      const pairs = rooms.map((room) => [new Page(url, room), new Page(url, room)] as const)
      const returned: Page[] = []
      try {
        for (const pages of pairs) {
          const joined = await Promise.all(pages.map((page) => page.join()))
          expect(joined.map(({ seat }) => seat).sort()).toEqual(['a', 'b'])
        }
        const [dying, survivor] = servers as [ServerProcess, ServerProcess]
        const [lostRooms, keptRooms] = [await countRooms(dying), await countRooms(survivor)]
        expect(lostRooms + keptRooms).toBe(rooms.length)
        expect(Math.min(lostRooms, keptRooms)).toBeGreaterThan(0)

        dying.child.kill('SIGKILL')
        await dying.ended
        const listLost = () => pairs.filter((pages) => pages.every((page) => !page.isConnected))
        await expect.poll(() => listLost().length, { timeout: deadlineMs }).toBe(lostRooms)
        // The tokens are valid at the other process, because both have one secret.
        for (const [first, second] of listLost()) {
          const [ann, ben] = [first.reconnect(), second.reconnect()]
          returned.push(ann, ben)
          const joined = await Promise.all([ann.join(), ben.join()])
          expect(joined.map(({ seat }) => seat)).toEqual([first.seat, second.seat])
          await ann.send(offer('a1.1'))
          expect(await ben.readMessage()).toEqual(offer('a1.1'))
          await ben.send(candidate('a1.1', 9))
          expect(await ann.readMessage()).toEqual(candidate('a1.1', 9))
        }
        expect(await countRooms(survivor)).toBe(rooms.length)
        // The other rooms did not notice.
        for (const pages of pairs) if (!listLost().includes(pages)) await pages[0].send(offer('a1.1'))
      } finally {
        await Promise.all([...pairs.flat(), ...returned].map((page) => page.close()))
      }
    },
  )
})
