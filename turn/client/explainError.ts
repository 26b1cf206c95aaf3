import { TurnResponseError } from './client.ts'
import type { IceUrl } from './url.ts'

const responseCodes: Readonly<Record<number, string>> = {
  401: 'the credentials are refused: another secret, an expired name, or clocks that differ',
  403: 'the server forbids its own relay as a peer',
  420: 'the server does not know an attribute that every TURN client sends',
  486: 'this user holds too many allocations already',
  508: 'the server has no relay port left',
}

const systemErrors: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset, so the port speaks something else or a middlebox cut it',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name server does not answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed, which browsers refuse too',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}

/** Why a step failed, for somebody who runs the server. */
export function explainError(step: string, error: unknown, url: IceUrl | undefined): string {
  if (error instanceof TurnResponseError)
    return `${error.message}: ${responseCodes[error.code] ?? 'the server refused'}`
  const { code = '', name, message } = error as NodeJS.ErrnoException
  const portName = url ? `${url.transport === 'udp' ? 'UDP' : 'TCP'} port ${url.port}` : 'the port'
  if (step === 'connect' && name === 'AbortError')
    return `no connection: a firewall drops ${portName}, or the host is away`
  if (step === 'relay') return `${message}: a firewall stops UDP between the relay ports, or the external IP is wrong`
  if (message.startsWith('no answer'))
    return `${message}: a firewall drops ${portName}, or what listens there is no STUN server`
  return systemErrors[code] ? `${systemErrors[code]} (${portName}, ${code})` : message
}
