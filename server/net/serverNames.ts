import type { X509Certificate } from 'node:crypto'
import { hostname } from 'node:os'
import { isIpHost, isLoopbackName } from '../../turn/index.ts'

/**
 * The host names of this server. They protect against DNS rebinding: an attacker's name can resolve to this server's
 * address. A browser then treats the responses as same-origin with the attacker's page.
 */
export class ServerNames {
  readonly #names: ReadonlySet<string>
  readonly #certificate: () => X509Certificate | undefined

  /**
   * @param origins `DUET_PUBLIC_URL` and `DUET_ALLOWED_ORIGINS`
   * @param certificate the current certificate, if any; all of its names are accepted, wildcards included
   */
  constructor(origins: readonly string[], certificate: () => X509Certificate | undefined, machine = hostname()) {
    const full = normalizeName(machine)
    const [short = ''] = full.split('.')
    // mDNS (RFC 6762 §3) announces a machine by the first label of its name.
    this.#names = new Set(
      [full, short, `${short}.local`, ...origins.map((origin) => normalizeName(new URL(origin).hostname))].filter(
        (name) => name !== '',
      ),
    )
    this.#certificate = certificate
  }

  /**
   * True for a name of this server.
   * @param host as in `URL.hostname`. An IP literal is always accepted: DNS rebinding needs a name.
   */
  has(host: string): boolean {
    const name = normalizeName(host)
    return (
      isIpHost(name) ||
      isLoopbackName(name) ||
      this.#names.has(name) ||
      this.#certificate()?.checkHost(name) !== undefined
    )
  }
}

/** Comparison ignores case and the final dot of an absolute name (RFC 9110 §4.2.3, RFC 1034 §3.1). */
const normalizeName = (name: string): string => name.toLowerCase().replace(/\.$/, '')
