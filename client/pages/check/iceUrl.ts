/** Transport between the browser and the server. */
export type Transport = 'udp' | 'tcp' | 'tls'

/** A parsed ICE URL (RFC 7064 §3.1, RFC 7065 §3.1). */
export interface IceUrl {
  text: string
  isTurn: boolean
  host: string
  port: number
  /** Between the browser and the server. A relay always uses UDP towards the peer. */
  transport: Transport
}

const urlPattern = /^(stuns?|turns?):(\[[^\]]+\]|[^:?[\]]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i

/** Returns the parsed URL; null if it is invalid. */
export function parseIceUrl(text: string): IceUrl | null {
  const [, scheme = '', host = '', port, transport = 'udp'] = urlPattern.exec(text) ?? []
  if (!scheme) return null
  const isSecure = scheme.toLowerCase().endsWith('s')
  return {
    text,
    isTurn: scheme.toLowerCase().startsWith('turn'),
    host,
    port: port ? Number(port) : isSecure ? 5349 : 3478,
    transport: isSecure ? 'tls' : (transport.toLowerCase() as Transport),
  }
}

/** Splits servers into one per URL. Each keeps its credentials. */
export const splitByUrl = (servers: readonly RTCIceServer[]): (RTCIceServer & { urls: string })[] =>
  servers.flatMap((server) => [server.urls].flat().map((urls) => ({ ...server, urls })))
