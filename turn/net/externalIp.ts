import { isIP } from 'node:net'
import { familyOf, formatIp, parseIp, type Family } from '../stun/ip.ts'

/** What is advertised: for relays on `inside`, or for all relays of its family. */
export interface External {
  readonly family: Family
  readonly outside: string
  readonly inside?: string
}

/** `203.0.113.5` or `203.0.113.5/10.0.0.2`, several with commas. Throws an Error that quotes the wrong part. */
export const parseExternal = (text: string): External[] => text.split(',').map((part) => parsePart(part.trim()))

function parsePart(part: string): External {
  const [outside = '', inside, ...more] = part.split('/')
  const isRight = isIP(outside) && (inside === undefined || isIP(inside) === isIP(outside)) && more.length === 0
  if (!isRight) throw new Error(`${JSON.stringify(part)} is neither an address nor a pair public/private of one family`)
  return { family: familyOf(outside), outside: canonical(outside), ...(inside && { inside: canonical(inside) }) }
}

const canonical = (ip: string): string => formatIp(parseIp(ip))
