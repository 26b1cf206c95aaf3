import type { Socket } from 'node:net'
import { Splitter } from '../../turn/net/framing.ts'
import { encode } from '../../turn/stun/encode.ts'
import type { Address } from '../../turn/stun/ip.ts'
import { decode, methods, read } from '../../turn/stun/message.ts'

export const bindingRequest = encode(
  { messageClass: 'request', method: methods.binding, transactionId: Buffer.from('twelve bytes') },
  [],
)

/** Resolves to the reflexive address of a stream that carries a Binding response. Rejects if it closes first. */
export function readMappedAddress(socket: Socket): Promise<Address | undefined> {
  const splitter = new Splitter()
  return new Promise((resolve, reject) => {
    const take = (packet: Buffer): void => resolve(read(decode(packet)!, 'xorMappedAddress'))
    socket.on('data', (chunk: Buffer) => splitter.push(chunk, take, () => true))
    socket.on('close', () => reject(new Error('the connection was closed')))
  })
}
