import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { issueLanCertificate } from '../../../server/lan/lanCertificate.ts'
import { needs } from '../../needs.ts'

const test = needs('openssl')
const ips = ['192.168.7.9', 'fd00::7', '203.0.113.9']

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'duet-lan-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'lan')
}

const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' })

test('openssl accepts the certificate for every LAN name of the machine, and for no public address', () => {
  const { authority, cert } = issueLanCertificate(createFolder(), 'Kitchen.example.org', ips)
  const verify = (...args: string[]): string =>
    openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', authority, ...args, cert)
  for (const name of ['kitchen.local', 'kitchen', 'localhost']) expect(verify('-verify_hostname', name)).toContain('OK')
  for (const ip of ['192.168.7.9', 'fd00::7', '127.0.0.1', '::1']) expect(verify('-verify_ip', ip)).toContain('OK')
  expect(() => verify('-verify_ip', '203.0.113.9')).toThrow(/mismatch/)
  const text = openssl('x509', '-in', authority, '-noout', '-text')
  expect(text).toMatch(/CA:TRUE, pathlen:0/)
  expect(text).toMatch(
    /Name Constraints: critical\s+Permitted:\s+DNS:local\s+DNS:localhost\s+DNS:kitchen\s+IP:10\.0\.0\.0\/255\.0\.0\.0/,
  )
})

test('the authority stays over restarts, each start issues a new certificate, and only the owner reads the keys', () => {
  const folder = createFolder()
  const first = issueLanCertificate(folder, 'kitchen', ips)
  const [authority, cert] = [readFileSync(first.authority, 'utf8'), readFileSync(first.cert, 'utf8')]
  issueLanCertificate(folder, 'kitchen', ['192.168.7.10'])
  expect(readFileSync(first.authority, 'utf8')).toBe(authority)
  expect(readFileSync(first.cert, 'utf8')).not.toBe(cert)
  expect(new X509Certificate(readFileSync(first.cert)).checkIP('192.168.7.10')).toBe('192.168.7.10')
  for (const name of ['ca.key', 'server.key']) expect(statSync(join(folder, name)).mode & 0o077).toBe(0)
})

test('a damaged authority and one of another machine name are replaced', () => {
  const folder = createFolder()
  const { authority } = issueLanCertificate(folder, 'kitchen', ips)
  const first = readFileSync(authority, 'utf8')
  issueLanCertificate(folder, 'garden', ips)
  const second = readFileSync(authority, 'utf8')
  expect(second).not.toBe(first)
  writeFileSync(authority, 'nonsense')
  issueLanCertificate(folder, 'garden', ips)
  expect(new X509Certificate(readFileSync(authority)).subject).toBe('CN=Duet on garden')
})

test('the authority cannot sign for a site on the internet', () => {
  const folder = createFolder()
  const { authority } = issueLanCertificate(folder, 'kitchen', ips)
  const file = (name: string): string => join(folder, name)
  openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    file('k'),
    '-subj',
    '/CN=bank',
    '-out',
    file('csr'),
  )
  writeFileSync(file('ext'), 'subjectAltName=DNS:bank.example.com')
  openssl(
    'x509',
    '-req',
    '-in',
    file('csr'),
    '-CA',
    authority,
    '-CAkey',
    file('ca.key'),
    '-extfile',
    file('ext'),
    '-out',
    file('forged'),
  )
  expect(() => openssl('verify', '-CAfile', authority, file('forged'))).toThrow(/permitted subtree violation/)
})
