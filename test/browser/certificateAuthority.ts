import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from '../server/certificates.ts'

/** A certificate authority of one test, and homes and profiles of browsers that trust it. */
export interface CertificateAuthority {
  /** The authority's own certificate, a PEM file. */
  readonly certificateFile: string
  /** Issues a certificate for these names and addresses. Returns the paths of the certificate and its key. */
  issue(...hosts: [string, ...string[]]): { cert: string; key: string }
  /** Returns a HOME directory whose Chromium trusts the authority. */
  chromiumHome(): string
  /** Returns a profile whose Firefox trusts the authority, for one browser at a time. */
  firefoxProfile(): string
  close(): void
}

/** Creates a certificate authority in temporary folders, which `close` removes. */
export function createCertificateAuthority(): CertificateAuthority {
  // By default openssl makes a self-signed certificate a CA, so it can sign others.
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
      return trustInHome(newFolder('home'), own.cert)
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
  // Firefox rejects a server certificate that is a CA certificate.
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

/** Makes a HOME directory whose Chromium trusts the authority of a PEM file, and returns it. */
export function trustInHome(home: string, certificateFile: string): string {
  mkdirSync(home, { recursive: true })
  trust(join(home, '.pki', 'nssdb'), certificateFile)
  return home
}

/** Both browsers keep their trusted certificates in an NSS database. */
function trust(database: string, certificate: string): void {
  mkdirSync(database, { recursive: true })
  execFileSync('certutil', ['-d', `sql:${database}`, '-N', '--empty-password'], { stdio: 'pipe' })
  execFileSync('certutil', ['-d', `sql:${database}`, '-A', '-n', 'test authority', '-t', 'C,,', '-i', certificate], {
    stdio: 'pipe',
  })
}
