import { generateKeyPairSync } from 'node:crypto'
import { createCertificate } from '../../../../server/lan/certificate.ts'

/** Issues a certificate for the names, and its authority. All of them are PEM. */
export function issueChain(names: readonly string[], days: number): { leaf: string; authority: string; key: string } {
  const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const [authorityKey, key] = [newKey(), newKey()]
  const issuer = 'duet test authority'
  const shared = { issuer, issuerKey: authorityKey, days }
  return {
    authority: createCertificate({ ...shared, subject: issuer, key: authorityKey }),
    leaf: createCertificate({ ...shared, subject: 'duet test server', key, names }),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
