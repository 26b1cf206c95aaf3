import { TurnClient } from '../../../../turn/client/client.ts'
import type { Attribute } from '../../../../turn/stun/attributes.ts'
import type { Address } from '../../../../turn/stun/ip.ts'
import { type Message, read } from '../../../../turn/stun/message.ts'
import type { Target } from './commands.ts'
import type { Network, UdpSocket } from './network.ts'

const requestTimeoutMs = 10_000

/** The channel of all clients. With one number, received packets can be returned unchanged. */
export const channel = 0x4000

/** The product's TURN client on a socket of the bench. ChannelData bypasses it. */
export class RelayClient {
  readonly socket: UdpSocket
  readonly #network: Network
  readonly #client: TurnClient

  /** Opens a client on a new socket. */
  constructor(network: Network, { port, login }: Target) {
    this.#network = network
    this.socket = network.openSocket(port)
    this.#client = new TurnClient(login, requestTimeoutMs)
    this.#client.transport = {
      isReliable: false,
      send: (packet) => network.send(this.socket, packet),
      close: () => network.close(this.socket),
    }
    this.receiveResponses()
  }

  /** Hands the packets of the socket to the client again, after a measurement. */
  receiveResponses(): void {
    this.socket.onPackets = (count) => {
      for (let index = 0; index < count; index++) this.#client.receive(this.#network.received.copyOf(index))
    }
  }

  /** Allocates. Returns the relayed address. */
  async allocate(): Promise<Address> {
    const relayed = read(await this.#request('allocate', [['requestedTransport', 17]]), 'xorRelayedAddress')
    if (!relayed) throw new Error('the response has no XOR-RELAYED-ADDRESS')
    return relayed
  }

  /** Binds the channel, which also installs a permission (RFC 8656 §12). */
  async bind(peer: Address): Promise<void> {
    await this.#request('channelBind', [
      ['channelNumber', channel],
      ['xorPeerAddress', peer],
    ])
  }

  /** Releases the allocation with Refresh 0 and closes the socket. */
  async release(): Promise<void> {
    await this.#request('refresh', [['lifetime', 0]])
    this.#client.close()
  }

  /** Sends a request. An error names the request and its source, to find it in a capture. */
  async #request(method: 'allocate' | 'channelBind' | 'refresh', values: readonly Attribute[]): Promise<Message> {
    try {
      return await this.#client.request(method, values)
    } catch (error) {
      throw new Error(`${method} from ${this.socket.ip}: ${(error as Error).message}`, { cause: error })
    }
  }
}
