import { formatIp, parseFamily, parseIp, type Family } from '../stun/ip.ts'

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
  const family = parseFamily(publicIp)
  const isPair = privateIp === undefined || parseFamily(privateIp) === family
  if (family === undefined || !isPair || more.length > 0)
    throw new Error(`${JSON.stringify(part)} is neither an address nor a pair public/private of one family`)
  return { family, publicIp: normalizeIp(publicIp), ...(privateIp && { privateIp: normalizeIp(privateIp) }) }
}

const normalizeIp = (ip: string): string => formatIp(parseIp(ip))
