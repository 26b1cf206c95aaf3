import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The name of a certificate for `localhost`, or a name with other subjects: `DNS:duet.example,IP:192.0.2.1`. */
type CertificateSpec = string | { name: string; subjects: string }

/** Creates a folder with self-signed pairs, `NAME.crt` and `NAME.key`. `remove` deletes it. */
export function makeCertificates(...specs: CertificateSpec[]): { file(name: string): string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'duet-tls-'))
  const file = (name: string): string => join(folder, name)
  for (const spec of specs) {
    const { name, subjects } = typeof spec === 'string' ? { name: spec, subjects: undefined } : spec
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
        '-subj',
        '/CN=localhost',
        ...(subjects ? ['-addext', `subjectAltName=${subjects}`] : []),
        '-keyout',
        file(`${name}.key`),
        '-out',
        file(`${name}.crt`),
      ],
      { stdio: 'ignore' },
    )
  }
  return { file, remove: () => rmSync(folder, { recursive: true }) }
}
