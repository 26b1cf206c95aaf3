import type { TurnSettings } from '../../../turn/index.ts'
import { localAddresses } from '../../../turn/net/relayAddresses.ts'

/** A server that the contract is held against, started with the settings of `DUET_TURN_*`: ours, or a coturn so configured. */
export interface ServerUnderTest {
  readonly name: ServerName
  start(env: Record<string, string>, wish?: StartOptions): Promise<RunningServer>
}

export type ServerName = 'ours' | 'coturn' | 'coturn by default'

export interface StartOptions {
  readonly tls?: { readonly cert: string; readonly key: string }
  /** What is granted ends after two seconds or little more. */
  readonly hasShortLifetime?: boolean
}

export interface RunningServer {
  /** An address that is not loopback, where there is one: coturn binds relays where it was asked. */
  readonly ip: string
  readonly port: number
  readonly tlsPort: number | undefined
  readonly relayPorts: TurnSettings['options']['relayPorts']
  /** For how many seconds credentials are made. */
  readonly credentialSeconds: number
  /**
   * Closed when it has stopped, not before: it holds the allocation of one who just goes, and the system may give that one's port
   * to the next, who would then be told 437.
   */
  readonly clients: { close(): void }[]
  stop(): Promise<void>
}

export function withClients(server: Omit<RunningServer, 'clients'>): RunningServer {
  const clients: RunningServer['clients'] = []
  return {
    ...server,
    clients,
    async stop() {
      await server.stop()
      for (const client of clients) client.close()
    },
  }
}

const open = localAddresses()
  .filter(({ isLoopback }) => !isLoopback)
  .map(({ ip }) => ip)

export const ownIp = open.find((ip) => !ip.includes(':')) ?? '127.0.0.1'
export const hasIpv6 = open.some((ip) => ip.includes(':'))

/** For both, and for as many clients as a test likes; peers on loopback are open to them. */
export const defaultEnv = {
  DUET_TURN_REALM: 'test',
  DUET_TURN_ALLOW_PEERS: '127.0.0.1,::1',
  DUET_TURN_QUOTA_USER: '2000',
  DUET_TURN_QUOTA_SOURCE: '2000',
}
