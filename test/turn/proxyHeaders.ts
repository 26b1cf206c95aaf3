import { parseFamily, parseIp } from '../../turn/stun/ip.ts'

/** Builds headers of the PROXY protocol. */

export interface ProxiedConnection {
  source: string
  destination?: string
  sourcePort?: number
  destinationPort?: number
}

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

/** Version 2. @param family byte 14 of the header; default: TCP over the family of `source` */
export function binaryHeader(
  { source, destination, sourcePort = 4711, destinationPort = 443 }: ProxiedConnection,
  { tlvs = Buffer.alloc(0) as Buffer, command = 0x21, family = parseFamily(source) === 4 ? 0x11 : 0x21 } = {},
): Buffer {
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(sourcePort, 0)
  ports.writeUInt16BE(destinationPort, 2)
  const to = destination ?? (parseFamily(source) === 4 ? '192.0.2.1' : '2001:db8::1')
  return rawHeader(command, family, Buffer.concat([parseIp(source), parseIp(to), ports, tlvs]))
}

/** Version 2 with any body. */
export function rawHeader(command: number, family: number, body: Buffer): Buffer {
  const head = Buffer.from([command, family, 0, 0])
  head.writeUInt16BE(body.length, 2)
  return Buffer.concat([signature, head, body])
}

/** Version 1. */
export const lineHeader = (source: string, sourcePort = 4711): Buffer =>
  Buffer.from(
    parseFamily(source) === 4
      ? `PROXY TCP4 ${source} 192.0.2.1 ${sourcePort} 443\r\n`
      : `PROXY TCP6 ${source} 2001:db8::1 ${sourcePort} 443\r\n`,
  )
