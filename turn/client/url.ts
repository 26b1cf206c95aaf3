/** A parsed STUN or TURN URI (RFC 7064, RFC 7065). */
export interface IceUrl {
  readonly isTurn: boolean
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly host: string
  readonly port: number
}

const urlPattern = /^(stuns?|turns?):(\[[0-9a-f:.]+\]|[^:/?[\]]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i

/** Parses a STUN or TURN URI. @throws {Error} that quotes the text and describes the problem */
export function parseIceUrl(text: string): IceUrl {
  const [, scheme = '', host = '', port, transport = ''] = urlPattern.exec(text) ?? []
  const isSecure = /s$/i.test(scheme)
  const number = Number(port ?? (isSecure ? 5349 : 3478))
  if (scheme === '' || number < 1 || number > 65535)
    throw new Error(`${JSON.stringify(text)} is not an ICE URL such as turn:example.org:3478?transport=udp`)
  if (isSecure && transport.toLowerCase() === 'udp') throw new Error(`${text} needs DTLS, which is not supported`)
  return {
    isTurn: /^turn/i.test(scheme),
    transport: isSecure ? 'tls' : transport.toLowerCase() === 'tcp' ? 'tcp' : 'udp',
    host: host.replace(/^\[|\]$/g, ''),
    port: number,
  }
}
