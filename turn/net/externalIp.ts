import { isIP } from 'node:net'
import { familyOf, formatIp, parseIp, type Family } from '../stun/ip.ts'

/** The advertised address of relays on `privateIp`, or of all relays of its family. */
export interface ExternalIp {
  readonly family: Family
  readonly publicIp: string
  readonly privateIp?: string
}

/**
 * Parses `203.0.113.5` or `203.0.113.5/10.0.0.2`, comma-separated.
 * @throws {Error} that quotes the wrong part
 */
export const parseExternalIps = (text: string): ExternalIp[] => text.split(',').map((part) => parsePart(part.trim()))

function parsePart(part: string): ExternalIp {
  const [publicIp = '', privateIp, ...more] = part.split('/')
  const isRight = isIP(publicIp) && (privateIp === undefined || isIP(privateIp) === isIP(publicIp)) && more.length === 0
  if (!isRight) throw new Error(`${JSON.stringify(part)} is neither an address nor a pair public/private of one family`)
  return {
    family: familyOf(publicIp),
    publicIp: normalizeIp(publicIp),
    ...(privateIp && { privateIp: normalizeIp(privateIp) }),
  }
}

const normalizeIp = (ip: string): string => formatIp(parseIp(ip))
