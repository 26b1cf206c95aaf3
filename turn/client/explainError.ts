import { TurnResponseError } from './client.ts'
import type { IceUrl } from './url.ts'

const responseCodes: Readonly<Record<number, string>> = {
  401: 'wrong credentials: another secret, an expired username, or clocks that differ',
  403: 'the server denies its own relay as a peer',
  420: 'the server does not support an attribute that every TURN client sends',
  486: 'this user has too many allocations',
  508: 'the server has no relay port left',
}

const systemErrors: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'connection reset: the port uses another protocol, or a middlebox closed it',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the name server does not respond',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed, and browsers reject it too',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
}

/** Explains to the operator why a step failed. @param url undefined if it could not be parsed */
export function explainError(step: string, error: unknown, url: IceUrl | undefined): string {
  if (error instanceof TurnResponseError)
    return `${error.message}: ${responseCodes[error.code] ?? 'the server rejected the request'}`
  const { code = '', name, message } = error as NodeJS.ErrnoException
  const portName = url ? `${url.transport === 'udp' ? 'UDP' : 'TCP'} port ${url.port}` : 'the port'
  if (step === 'connect' && name === 'AbortError')
    return `no connection: a firewall drops ${portName}, or the host is down`
  if (step === 'relay') return `${message}: a firewall blocks UDP between the relay ports, or the external IP is wrong`
  if (message.startsWith('no response'))
    return `${message}: a firewall drops ${portName}, or another service listens there`
  return systemErrors[code] ? `${systemErrors[code]} (${portName}, ${code})` : message
}
