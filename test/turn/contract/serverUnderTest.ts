import type { TurnSettings } from '../../../turn/index.ts'
import { localAddresses } from '../../../turn/common/localAddresses.ts'

/** A server that the cases run against, Duet or coturn, started with `DUET_TURN_*` settings. */
export interface ServerUnderTest {
  readonly name: ServerName
  start(env: Record<string, string>, wish?: StartOptions): Promise<RunningServer>
}

export type ServerName = 'Duet' | 'Duet over dgram' | 'coturn' | 'coturn by default'

export interface StartOptions {
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Grants end after about two seconds. */
  readonly hasShortLifetime?: boolean
}

export interface RunningServer {
  /** A non-loopback address, if any. coturn binds relays to the address that the client used. */
  readonly ip: string
  readonly port: number
  readonly tlsPort: number | undefined
  readonly relayPorts: TurnSettings['options']['relayPorts']
  /** Lifetime of the credentials, in seconds. */
  readonly credentialSeconds: number
  /**
   * Closed after the server has stopped. It still holds the allocation of a client that just closed.
   * The system may reuse that client's port, and the next client would get a 437.
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

/** Settings for both servers: any number of clients, and peers on loopback. */
export const defaultEnv = {
  DUET_TURN_REALM: 'test',
  DUET_TURN_ALLOW_PEERS: '127.0.0.1,::1',
  DUET_TURN_QUOTA_USER: '2000',
  DUET_TURN_QUOTA_SOURCE: '2000',
}
