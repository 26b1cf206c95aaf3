/** The URL that people open: `DUET_PUBLIC_URL`. */
export interface PublicUrl {
  /** Scheme, host and port, such as `https://call.example.org:8443`. */
  readonly origin: string
  /** Host and port, as in a `Host` header. IPv6 has brackets. */
  readonly host: string
  /** The host without the port, as in `URL.hostname`. */
  readonly hostname: string
  readonly port: number
  readonly scheme: 'http' | 'https'
  /** The path below which the pages are, such as `/duet`; empty at the root. */
  readonly pathPrefix: string
}

/** First segments of the server's own paths. A prefix of the same name would make both ambiguous. */
const ownSegments = new Set(['addresses', 'assets', 'check', 'healthz', 'machines', 'r', 'readyz', 'setup', 'trpc'])

/**
 * Parses `DUET_PUBLIC_URL`. Accepts a trailing slash and the default port, because people copy URLs with them.
 * @throws {Error} that describes the wrong value
 */
export function parsePublicUrl(text: string): PublicUrl {
  const url = URL.canParse(text) ? new URL(text) : null
  const isValid =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    /^(\/[\w.~-]+)*\/?$/.test(url.pathname) &&
    url.search === '' &&
    url.hash === '' &&
    url.username === ''
  if (!isValid)
    throw new Error(
      `${JSON.stringify(text)} is not a URL such as https://call.example.org or https://example.org/duet (http or https, without a query)`,
    )
  const [, segment = ''] = url.pathname.split('/')
  if (ownSegments.has(segment.toLowerCase()))
    throw new Error(`the path /${segment} is a path of Duet itself. Choose another one, such as /duet.`)
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  return {
    origin: url.origin,
    host: url.host,
    hostname: url.hostname,
    port: Number(url.port) || (scheme === 'https' ? 443 : 80),
    scheme,
    pathPrefix: url.pathname.replace(/\/$/, ''),
  }
}

/** The URL as people type it, with a slash after a path. */
export const formatPublicUrl = ({ origin, pathPrefix }: PublicUrl): string =>
  pathPrefix === '' ? origin : `${origin}${pathPrefix}/`
