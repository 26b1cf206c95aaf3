/** Returns the sources that the server wrote into the page (server/http/pageVariants.ts): its CSP has the same. */
export const readFrameAncestors = (page: Pick<Document, 'querySelector'>): readonly string[] =>
  page.querySelector('meta[name=frame-ancestors]')?.getAttribute('content')?.split(' ') ?? []

/**
 * True if a source matches the origin, as the browser matches `frame-ancestors` (CSP level 3 §6.7.2.8). The server allows
 * fewer forms than CSP (server/config/frameAncestors.ts), and only those are read here.
 * @param origin of a page, such as `https://example.org`
 * @param ownOrigin the origin that `'self'` stands for
 */
export const isFrameAncestor = (origin: string, sources: readonly string[], ownOrigin: string): boolean =>
  sources.some((source) => (source === "'self'" ? origin === ownOrigin : matchesSource(origin, source)))

function matchesSource(origin: string, source: string): boolean {
  const [, scheme, host = '', port = ''] = /^(https?):\/\/([^:/]+)(?::([\d*]+))?$/.exec(source) ?? []
  if (!scheme || !URL.canParse(origin)) return false
  const page = new URL(origin)
  // The origin of an opaque page is the text `null`, which does not parse.
  const isHost = host.startsWith('*.') ? page.hostname.endsWith(host.slice(1)) : page.hostname === host
  const isScheme = page.protocol === `${scheme}:` || (scheme === 'http' && page.protocol === 'https:')
  return isScheme && isHost && (port === '*' || page.port === port)
}
