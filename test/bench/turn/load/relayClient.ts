import type { Socket } from 'node:dgram'
import { TurnClient } from '../../../../turn/client/client.ts'
import type { Address } from '../../../../turn/stun/ip.ts'
import { read } from '../../../../turn/stun/message.ts'
import type { Target } from './commands.ts'
import { openSocket } from './socket.ts'

const requestTimeoutMs = 10_000

/** The channel of all clients. With one number, received packets can be returned unchanged. */
export const channel = 0x4000

/** The product's TURN client on a socket of the bench. ChannelData bypasses it. */
export class RelayClient {
  readonly socket: Socket
  readonly #client: TurnClient
  onChannel: (packet: Buffer) => void = () => {}

  /** Opens a client on a new socket. */
  static async open({ port, login }: Target): Promise<RelayClient> {
    return new RelayClient(await openSocket(port), login)
  }

  private constructor(socket: Socket, login: Target['login']) {
    this.socket = socket
    this.#client = new TurnClient(login, requestTimeoutMs)
    this.#client.transport = { isReliable: false, send: (packet) => socket.send(packet), close: () => socket.close() }
    socket.on('message', (packet) =>
      (packet[0]! & 0xc0) === 0x40 ? this.onChannel(packet) : this.#client.receive(packet),
    )
  }

  /** Allocates. Returns the relayed address. */
  async allocate(): Promise<Address> {
    const relayed = read(await this.#client.request('allocate', [['requestedTransport', 17]]), 'xorRelayedAddress')
    if (!relayed) throw new Error('the response has no XOR-RELAYED-ADDRESS')
    return relayed
  }

  /** Binds the channel, which also installs a permission (RFC 8656 §12). */
  async bind(peer: Address): Promise<void> {
    await this.#client.request('channelBind', [
      ['channelNumber', channel],
      ['xorPeerAddress', peer],
    ])
  }

  /** Releases the allocation with Refresh 0 and closes the socket. */
  async release(): Promise<void> {
    await this.#client.request('refresh', [['lifetime', 0]])
    this.#client.close()
  }
}
