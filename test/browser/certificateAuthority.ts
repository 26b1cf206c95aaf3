import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from '../server/certificates.ts'

/** A certificate authority of a test's own, and what makes browsers trust it. */
export interface CertificateAuthority {
  /** Its own certificate, PEM. */
  readonly certificateFile: string
  /** A certificate for these names and addresses, and its key: files. */
  issue(...hosts: [string, ...string[]]): { cert: string; key: string }
  /** A HOME whose Chromium trusts it. */
  chromiumHome(): string
  /** A profile whose Firefox trusts it; for one browser at a time. */
  firefoxProfile(): string
  close(): void
}

export function createCertificateAuthority(): CertificateAuthority {
  // What openssl signs with its own key may sign others too, unless told otherwise.
  const { file, remove } = makeCertificates('authority')
  const folder = mkdtempSync(join(tmpdir(), 'duet-authority-'))
  const own = { cert: file('authority.crt'), key: file('authority.key') }
  let made = 0
  const newFolder = (name: string): string => {
    const path = join(folder, `${name}-${++made}`)
    mkdirSync(path)
    return path
  }
  return {
    certificateFile: own.cert,
    issue: (...hosts) => issue(newFolder('host'), own, hosts),
    chromiumHome() {
      const home = newFolder('home')
      trust(join(home, '.pki', 'nssdb'), own.cert)
      return home
    },
    firefoxProfile() {
      const profile = newFolder('profile')
      trust(profile, own.cert)
      return profile
    },
    close() {
      rmSync(folder, { recursive: true })
      remove()
    },
  }
}

function issue(
  folder: string,
  by: { cert: string; key: string },
  hosts: readonly string[],
): { cert: string; key: string } {
  const [config, cert, key] = [join(folder, 'config'), join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const names = hosts.map((host) => `${isIP(host) ? 'IP' : 'DNS'}:${host}`)
  // Firefox takes no certificate from a server that could itself sign others.
  writeFileSync(
    config,
    `[req]\ndistinguished_name=name\n[name]\n[host]\nbasicConstraints=critical,CA:FALSE\nsubjectAltName=${names.join()}\n`,
  )
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-config',
      config,
      '-extensions',
      'host',
      '-subj',
      '/CN=test host',
      '-days',
      '1',
      '-CA',
      by.cert,
      '-CAkey',
      by.key,
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'pipe' },
  )
  return { cert, key }
}

/** Both browsers keep what they trust in a database of NSS. */
function trust(database: string, certificate: string): void {
  mkdirSync(database, { recursive: true })
  execFileSync('certutil', ['-d', `sql:${database}`, '-N', '--empty-password'], { stdio: 'pipe' })
  execFileSync('certutil', ['-d', `sql:${database}`, '-A', '-n', 'test authority', '-t', 'C,,', '-i', certificate], {
    stdio: 'pipe',
  })
}
