import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder with self-signed pairs, `NAME.crt` and `NAME.key`; `remove` deletes it. */
export function makeCertificates(...names: string[]): { file(name: string): string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'duet-tls-'))
  const file = (name: string): string => join(folder, name)
  for (const name of names) {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', '/CN=localhost',
      '-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)], { stdio: 'ignore' })
  }
  return { file, remove: () => rmSync(folder, { recursive: true }) }
}
