import { isPublicHost, isLoopback, isHostname, isPrivate, addressKind } from './address.ts'
import type { Finding } from './finding.ts'
import type { Gathered, GatherError } from './gather.ts'
import type { RelayResult } from './relay.ts'
import type { IceUrl } from './iceUrl.ts'

/** What a browser's scant words about an ICE server mean. */

/** A STUN server is well when it says which address it sees. */
export function classifyStun(url: IceUrl, gathered: Gathered): Finding {
  const mapped = gathered.candidates.find(({ type }) => type === 'srflx')
  if (mapped) return { code: 'mapped', address: mapped.address }
  if (gathered.errors.length === 0 && gathered.isComplete) {
    // A browser keeps quiet about an answer that names an address it has anyway. Firefox does so about a failed TLS handshake too.
    return url.transport === 'tls' ? { code: 'untrusted' } : { code: 'same' }
  }
  return classifyFailure(url, gathered)
}

/** @param pageHost where this page was opened: tells for whom the server is meant */
export function classifyTurn(url: IceUrl, { gathered, roundTripMs }: RelayResult, pageHost: string): Finding {
  const relay = gathered.candidates.find(({ type }) => type === 'relay')
  if (!relay) return classifyFailure(url, gathered)
  const isNearby = isPrivate(relay.address) && isPublicHost(pageHost)
  const { address } = relay
  if (roundTripMs === null) return { code: isNearby ? 'unrelayed-nearby' : 'unrelayed', address }
  return { code: isNearby ? 'relayed-nearby' : 'relayed', address, roundTripMs }
}

export function classifyAddresses({ candidates }: Gathered): Finding {
  const kinds = candidates.filter(({ type }) => type === 'host').map(({ address }) => addressKind(address))
  return kinds.length === 0 ? { code: 'no-addresses' } : { code: 'addresses', kinds: [...new Set(kinds)].sort() }
}

/** RFC 8489 §14.8, RFC 8656 §19. 701 is W3C's: nothing was answered. */
const findingByErrorCode: Record<number, Finding> = {
  401: { code: 'unauthorized' },
  403: { code: 'forbidden' },
  438: { code: 'expired' },
  441: { code: 'unauthorized' },
  486: { code: 'quota' },
  508: { code: 'capacity' },
}

function classifyFailure(url: IceUrl, { errors, isComplete, elapsedMs }: Gathered): Finding {
  // With several network interfaces there are several errors; what a server said counts for more than silence.
  const error = errors.find(({ code }) => code !== noResponseCode) ?? errors[0]
  if (!error) return isComplete ? classifyNoError(url) : classifySilence(url)
  if (error.code !== noResponseCode)
    return findingByErrorCode[error.code] ?? { code: 'error', number: error.code, text: error.text }
  return classifyNoResponse(url, error, elapsedMs)
}

const noResponseCode = 701
/** Silence takes longer; before that the browser has not even tried. */
const notTriedMs = 3_000

function classifyNoResponse(url: IceUrl, { text }: GatherError, elapsedMs: number): Finding {
  if (/lookup|resolve/i.test(text)) return { code: 'unresolved' }
  if (elapsedMs >= notTriedMs) return classifySilence(url)
  if (isLoopback(url.host)) return { code: 'loopback' }
  if (url.transport === 'udp') return { code: isHostname(url.host) ? 'unresolved' : 'silent' }
  return { code: url.transport === 'tls' ? 'untrusted' : 'unreachable' }
}

/** Tried, done, and not a word: so ends a TLS handshake in Firefox. */
const classifyNoError = (url: IceUrl): Finding => ({ code: url.transport === 'tls' ? 'untrusted' : 'nothing' })

const classifySilence = (url: IceUrl): Finding => ({
  code: url.transport === 'udp' ? 'silent' : url.transport === 'tls' ? 'untrusted' : 'unreachable',
})
