import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { isLoopbackName } from '../../turn/index.ts'

/**
 * The names under which this server answers. An attacker can point a name of their own at any address, this one included (DNS
 * rebinding), and a browser then takes our answers for those of the attacker's page; such a name is in none of these.
 */
export class ServerNames {
  readonly #names: ReadonlySet<string>
  readonly #certificate: () => X509Certificate | undefined

  /**
   * @param origins of pages that belong here: `DUET_PUBLIC_URL` and `DUET_ALLOWED_ORIGINS`
   * @param certificate in use now, if any: all of its names are ours, wildcards included
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

  /** @param host as in `URL.hostname`. An IP literal is always ours: a page of another name cannot have it. */
  has(host: string): boolean {
    const name = normalizeName(host)
    return (
      isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 ||
      isLoopbackName(name) ||
      this.#names.has(name) ||
      this.#certificate()?.checkHost(name) !== undefined
    )
  }
}

/** Names compare without case, and without the final dot of an absolute name (RFC 9110 §4.2.3, RFC 1034 §3.1). */
const normalizeName = (name: string): string => name.toLowerCase().replace(/\.$/, '')
