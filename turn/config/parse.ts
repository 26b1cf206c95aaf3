import { AddressSet, urlHost } from '../common/address.ts'
import { ProxyProtocol } from '../net/proxyProtocol.ts'

/** Parsers for one variable each. They throw an Error that describes a wrong value without the variable's name. */

/** Accepts any text, such as the path of a file. */
export const parseText = (text: string): string => text

/** Returns a parser that accepts only the choices. */
export function oneOf<const T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text)
    if (choice === undefined) throw new Error(`${JSON.stringify(text)} is not one of ${choices.join(', ')}`)
    return choice
  }
}

/** Parses a whole number of at most nine digits from `min` to `max`. */
export function parseInteger(text: string, min: number, max: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (!(number >= min && number <= max))
    throw new Error(`${JSON.stringify(text)} is not a whole number from ${min} to ${max}`)
  return number
}

/** Parses a whole number from 1 to 1,000,000. */
export function parseCount(text: string): number {
  return parseInteger(text, 1, 1_000_000)
}

/** Parses bytes per second. 0 means no limit and returns Infinity. */
export function parseBytesPerSecond(text: string): number {
  return parseInteger(text, 0, 999_999_999) || Infinity
}

/** Parses a port from 0 to 65535. */
export function parsePort(text: string): number {
  return parseInteger(text, 0, 65535)
}

/** Parses addresses and CIDRs of proxies, and `unix`. */
export function parseProxySources(text: string): readonly string[] {
  const sources = parseList(text)
  // Its constructor checks them.
  void new ProxyProtocol(sources)
  return sources
}

/** Parses an inclusive port range such as `49152-65535`. */
export function parsePortRange(text: string): readonly [number, number] {
  const [first = '', last = ''] = text.split('-')
  const range = [parseInteger(first, 1, 65535), parseInteger(last, 1, 65535)] as const
  if (range[0] > range[1] || text.split('-').length !== 2)
    throw new Error(`${JSON.stringify(text)} is not a range such as 49152-65535`)
  return range
}

/** Parses a realm of 1 to 127 characters (RFC 8489 §14.9). */
export function parseRealm(text: string): string {
  if (!/^[^\p{Cc}"\\:]{1,127}$/u.test(text))
    throw new Error('a realm has 1 to 127 characters, no quotes, colons or control characters')
  return text
}

/** Parses `true`, `false`, `1`, `0`, `yes` or `no`. */
export function parseBoolean(text: string): boolean {
  return oneOf(['true', 'false', '1', '0', 'yes', 'no'])(text) in { true: 1, 1: 1, yes: 1 }
}

/** Parses a host for ICE URLs: a name, an IPv4 address, or an IPv6 address, which gets brackets (RFC 7064 §3.1). */
export function parseIceHost(text: string): string {
  const host = urlHost(text.replace(/^\[(.*)\]$/, '$1'))
  if (!/^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/i.test(host))
    throw new Error(`${JSON.stringify(text)} is not a host such as turn.example.org or 203.0.113.5 (without a port)`)
  return host
}

/** Splits a comma-separated list and trims its parts. An empty part throws. */
export function parseList(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.includes('')) throw new Error('an empty part between commas')
  return parts
}

/** Short secrets can be guessed offline: one TURN message with MESSAGE-INTEGRITY is enough to test a guess. */
export const minSecretChars = 16
/** A secret such as `aaaaaaaaaaaaaaaa` is long, but easy to guess. */
export const minDistinctChars = 5

/**
 * Checks the strength of a configured secret and returns it. The error never quotes it.
 * @throws {Error} for fewer than 16 characters, or fewer than 5 different ones
 */
function parseSecret(text: string): string {
  const isWeak = text.length < minSecretChars || new Set(text).size < minDistinctChars
  if (isWeak)
    throw new Error(
      `a secret needs at least ${minSecretChars} characters, ${minDistinctChars} of them different; ` +
        'make one with: openssl rand -base64 32',
    )
  return text
}

/** Parses comma-separated secrets, newest first. */
export const parseSecrets = (text: string): readonly string[] => parseList(text).map(parseSecret)

/** Parses `name:password` pairs, comma-separated. A password may contain colons, but no commas. */
export function parseUsers(text: string): ReadonlyMap<string, string> {
  const pairs = parseList(text).map((part) => /^([^:]+):(.+)$/s.exec(part))
  const users = new Map(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']))
  if (pairs.includes(null) || users.size < pairs.length)
    throw new Error('not a list such as name:password,name:password, each name once')
  return users
}

/** Parses comma-separated addresses and CIDRs and returns them unchanged. */
export function parseCidrs(text: string): readonly string[] {
  const cidrs = parseList(text)
  new AddressSet(cidrs)
  return cidrs
}

/** Parses lines such as `DUET_TURN_SECRET=new,old`, as in systemd's EnvironmentFile. `#` starts a comment. */
export function parseSettingsFile(text: string): Record<string, string> {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => {
      const match = /^(DUET_TURN_\w+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line)
      if (!match || match[1] === 'DUET_TURN_FILE')
        throw new Error('each line is empty, a comment, or DUET_TURN_…=value')
      return [match[1]!, match[2] ?? match[3] ?? match[4] ?? '']
    }),
  )
}
