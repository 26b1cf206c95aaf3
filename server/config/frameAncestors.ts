import { parseFamily } from '../../turn/index.ts'

/** The only hosts that may embed over http: browsers treat them as trustworthy (Secure Contexts §3.1). */
const loopbackHosts = new Set(['localhost', '127.0.0.1'])

/**
 * Parses one source of `DUET_FRAME_ANCESTORS` for the directive `frame-ancestors` (CSP level 3 §6.4.2): `'self'`,
 * `https://example.org`, `https://*.example.org`, or `http://localhost:3000`. A port may be `*`.
 * @returns the source as it stands in the header
 * @throws {Error} for a source that CSP does not have, or that names more sites than a person can know
 */
export function parseFrameAncestor(text: string): string {
  const fail = (problem: string): never => {
    throw new Error(`${JSON.stringify(text)} ${problem}`)
  }
  // A shell removes the quotes.
  if (text === 'self' || text === "'self'") return "'self'"
  if (text === '*' || /^https?:(\/\/)?\*?$/.test(text)) return fail('names every site. List the origins that may embed')
  const [, scheme = '', wildcard = '', host = '', port = ''] =
    /^(https?):\/\/(\*\.)?([^/?#@:*\s"';,<>]+)((?::(?:\d+|\*))?)$/.exec(text) ?? []
  if (!host) return fail("is not 'self' or an origin such as https://example.org or https://*.example.org (no path)")
  if (scheme === 'http' && !(loopbackHosts.has(host) && !wildcard))
    return fail('uses http, which is allowed for localhost and 127.0.0.1 only. Write https')
  // CSP matches no other address (CSP level 3 §6.7.2.10).
  if (parseFamily(host) && host !== '127.0.0.1') return fail('is an address. CSP needs a name')
  if (wildcard && !host.includes('.')) return fail('names every site of a top-level domain')
  const origin = `${scheme}://${host}${port === ':*' ? '' : port}`
  if (!URL.canParse(origin) || new URL(origin).origin !== origin)
    return fail(
      `is not an origin as a browser writes it${URL.canParse(origin) ? `: ${new URL(origin).origin}` : ''} (lower case, no default port, an international name as xn--…)`,
    )
  return text
}
