import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * The name of a certificate for `localhost` that is valid for one day, or a name with other properties. `subjects` is a
 * list of alternative names such as `DNS:duet.example,IP:192.0.2.1`.
 */
type CertificateSpec = string | { name: string; commonName?: string; subjects?: string; days?: number }

/** Creates a folder with self-signed pairs, `NAME.crt` and `NAME.key`. `remove` deletes it. */
export function makeCertificates(...specs: CertificateSpec[]): { file(name: string): string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'duet-tls-'))
  const file = (name: string): string => join(folder, name)
  for (const spec of specs) {
    const {
      name,
      commonName = 'localhost',
      subjects,
      days = 1,
    }: Exclude<CertificateSpec, string> = typeof spec === 'string' ? { name: spec } : spec
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
        String(days),
        '-subj',
        `/CN=${commonName}`,
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
