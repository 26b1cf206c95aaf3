import { isPublicHost, isLoopback, isHostname, isPrivate, addressKind } from '../../../machines/protocol/address.ts'
import type { Finding } from './finding.ts'
import type { Gathered, GatherError } from './gather.ts'
import type { RelayResult } from './relay.ts'
import type { IceUrl } from './iceUrl.ts'

/** Returns the finding for a STUN server. It works if it returns a server-reflexive address. */
export function classifyStun(url: IceUrl, gathered: Gathered): Finding {
  const mapped = gathered.candidates.find(({ type }) => type === 'srflx')
  if (mapped) return { code: 'mapped', address: mapped.address }
  if (gathered.errors.length === 0 && gathered.isComplete) {
    // Browsers omit a server-reflexive candidate that equals a host candidate. Firefox also omits a failed TLS
    // handshake.
    return url.transport === 'tls' ? { code: 'untrusted' } : { code: 'same' }
  }
  return classifyFailure(url, gathered)
}

/**
 * Returns the finding for a TURN server.
 * @param pageHost host of this page: a public one means that the server serves other networks
 */
export function classifyTurn(url: IceUrl, { gathered, roundTripMs }: RelayResult, pageHost: string): Finding {
  const relay = gathered.candidates.find(({ type }) => type === 'relay')
  if (!relay) return classifyFailure(url, gathered)
  const isNearby = isPrivate(relay.address) && isPublicHost(pageHost)
  const { address } = relay
  if (roundTripMs === null) return { code: isNearby ? 'unrelayed-nearby' : 'unrelayed', address }
  return { code: isNearby ? 'relayed-nearby' : 'relayed', address, roundTripMs }
}

/** Returns the finding for the host candidates: the kinds of their addresses, each once, in alphabetical order. */
export function classifyAddresses({ candidates }: Gathered): Finding {
  const kinds = candidates.filter(({ type }) => type === 'host').map(({ address }) => addressKind(address))
  return kinds.length === 0 ? { code: 'no-addresses' } : { code: 'addresses', kinds: [...new Set(kinds)].sort() }
}

/** Error codes of RFC 8489 §14.8 and RFC 8656 §19. W3C adds 701: no response. */
const findingByErrorCode: Record<number, Finding> = {
  401: { code: 'unauthorized' },
  403: { code: 'forbidden' },
  438: { code: 'expired' },
  441: { code: 'unauthorized' },
  486: { code: 'quota' },
  508: { code: 'capacity' },
}

function classifyFailure(url: IceUrl, { errors, isComplete, elapsedMs }: Gathered): Finding {
  // Each network interface may report an error. A response of the server outweighs silence.
  const error = errors.find(({ code }) => code !== noResponseCode) ?? errors[0]
  if (!error) return isComplete ? classifyNoError(url) : classifySilence(url)
  if (error.code !== noResponseCode)
    return findingByErrorCode[error.code] ?? { code: 'error', number: error.code, text: error.text }
  return classifyNoResponse(url, error, elapsedMs)
}

const noResponseCode = 701
/** A timeout takes longer than this. An earlier error means that the browser sent nothing. */
const notTriedMs = 3_000

function classifyNoResponse(url: IceUrl, { text }: GatherError, elapsedMs: number): Finding {
  if (/lookup|resolve/i.test(text)) return { code: 'unresolved' }
  if (elapsedMs >= notTriedMs) return classifySilence(url)
  if (isLoopback(url.host)) return { code: 'loopback' }
  if (url.transport === 'udp') return { code: isHostname(url.host) ? 'unresolved' : 'silent' }
  return { code: url.transport === 'tls' ? 'untrusted' : 'unreachable' }
}

/** Gathering is complete without candidate or error: a failed TLS handshake in Firefox. */
const classifyNoError = (url: IceUrl): Finding => ({ code: url.transport === 'tls' ? 'untrusted' : 'nothing' })

const classifySilence = (url: IceUrl): Finding => ({
  code: url.transport === 'udp' ? 'silent' : url.transport === 'tls' ? 'untrusted' : 'unreachable',
})
