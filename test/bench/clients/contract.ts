/**
 * The contract of the programs in `programs/`. Their arguments are transport, host, port, username, password, number of
 * messages and interval in ms. The program opens two relayed ends, and one end returns each message of the other.
 * It prints an `Exchange` as JSON and exits with 0. Without a connection it exits with another code and prints the
 * reason to stderr.
 */
export interface Exchange {
  readonly sent: number
  /** Messages that came back. */
  readonly received: number
}

/** The transports between client and server. */
export const transports = ['udp', 'tcp', 'tls'] as const
export type ClientTransport = (typeof transports)[number]

/** A foreign client that can run on this machine, or the reason why it cannot. */
export interface ForeignClient {
  readonly name: string
  readonly command: readonly string[]
  readonly version: string
  /** Transports that the client cannot use, each with the reason. */
  readonly unsupported: Partial<Record<ClientTransport, string>>
}

export interface MissingClient {
  readonly name: string
  readonly reason: string
}
