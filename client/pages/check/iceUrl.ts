export type Transport = 'udp' | 'tcp' | 'tls'

/** An ICE URL, taken apart (RFC 7064 §3.1, RFC 7065 §3.1). */
export interface IceUrl {
  text: string
  isTurn: boolean
  host: string
  port: number
  /** Between the browser and the server; between a relay and the other side it is UDP. */
  transport: Transport
}

const urlPattern = /^(stuns?|turns?):(\[[^\]]+\]|[^:?[\]]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i

/** Null for what no browser takes. */
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

/** One of one URL each, with the credentials that came with it. */
export const splitByUrl = (servers: readonly RTCIceServer[]): (RTCIceServer & { urls: string })[] =>
  servers.flatMap((server) => [server.urls].flat().map((urls) => ({ ...server, urls })))
