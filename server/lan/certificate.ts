import { createHash, createPublicKey, randomBytes, sign, type KeyObject } from 'node:crypto'
import { canonicalIp, parseCidr, parseFamily } from '../../turn/index.ts'
import {
  bitString,
  boolean,
  context,
  integer,
  objectId,
  octetString,
  primitive,
  sequence,
  set,
  utcTime,
  utf8String,
} from './der.ts'

/** The content of a certificate (RFC 5280). Keys are ECDSA with P-256. */
export interface CertificateSpec {
  subject: string
  issuer: string
  /** Key of the subject, private or public. */
  key: KeyObject
  issuerKey: KeyObject
  days: number
  /** Names and addresses of a server. Without them the certificate is one of an authority. */
  names?: readonly string[]
  /** Names and networks that an authority may issue for. */
  permitted?: { names: readonly string[]; networks: readonly string[] }
}

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'))
/** A clock that is a little late accepts the certificate, too. */
const backdatedMs = 24 * 3_600_000

/**
 * Creates a certificate. Returns PEM.
 *
 * Node creates no certificates. `@peculiar/x509` would, with eleven direct dependencies. The program openssl is missing
 * on many machines. The two forms here need these 120 lines, and tests verify them with openssl.
 */
export function createCertificate(spec: CertificateSpec): string {
  const { subject, issuer, key, issuerKey, days } = spec
  const publicKey = exportPublicKey(key)
  const now = Date.now()
  const serial = randomBytes(16)
  serial[0] = (serial[0]! & 0x7f) | 0x40
  const content = sequence(
    context(0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(utcTime(new Date(now - backdatedMs)), utcTime(new Date(now + days * 86_400_000))),
    commonName(subject),
    publicKey,
    context(3, sequence(...listExtensions(spec, publicKey))),
  )
  const certificate = sequence(content, ecdsaWithSha256, bitString(sign('sha256', content, issuerKey)))
  const base64 = certificate.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
}

const exportPublicKey = (key: KeyObject): Buffer =>
  (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })

const commonName = (name: string): Buffer => sequence(set(sequence(objectId('2.5.4.3'), utf8String(name))))

const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
  sequence(objectId(id), ...(isCritical ? [boolean(true)] : []), octetString(value))

/** RFC 5280 §4.2.1. */
function listExtensions({ names, permitted, issuerKey }: CertificateSpec, publicKey: Buffer): Buffer[] {
  const keyId = (spki: Buffer): Buffer => createHash('sha256').update(spki).digest().subarray(0, 20)
  const ids = [
    extension('2.5.29.14', false, octetString(keyId(publicKey))),
    extension('2.5.29.35', false, sequence(primitive(0, keyId(exportPublicKey(issuerKey))))),
  ]
  if (names)
    return [
      ...ids,
      extension('2.5.29.19', true, sequence()),
      // digitalSignature
      extension('2.5.29.15', true, bitString(Buffer.from([0x80]), 7)),
      // serverAuth
      extension('2.5.29.37', false, sequence(objectId('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.17', false, sequence(...names.map(generalName))),
    ]
  const subtrees = permitted && [
    ...permitted.names.map((name) => sequence(generalName(name))),
    ...permitted.networks.map((network) => sequence(primitive(7, networkBytes(network)))),
  ]
  return [
    ...ids,
    // An authority that signs servers only.
    extension('2.5.29.19', true, sequence(boolean(true), integer(Buffer.from([0])))),
    // keyCertSign, cRLSign
    extension('2.5.29.15', true, bitString(Buffer.from([0x06]), 1)),
    ...(subtrees ? [extension('2.5.29.30', true, sequence(context(0, ...subtrees)))] : []),
  ]
}

const generalName = (name: string): Buffer =>
  parseFamily(name) === undefined ? primitive(2, Buffer.from(name)) : primitive(7, ipBytes(name))

/** Address and mask (RFC 5280 §4.2.1.10). */
function networkBytes(network: string): Buffer {
  const { ip, prefix } = parseCidr(network)
  const address = ipBytes(ip)
  const mask = address.map((_, at) => 0xff & ~(0xff >> Math.max(0, Math.min(8, prefix - 8 * at))))
  return Buffer.concat([address, mask])
}

/** The bytes of an address in network order. */
function ipBytes(text: string): Buffer {
  const ip = canonicalIp(text)
  if (parseFamily(ip) === 4) return Buffer.from(ip.split('.').map(Number))
  const [head = '', tail] = ip.split('::')
  const groups = (part: string): string[] => part.split(':').filter((group) => group !== '')
  const [first, last] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? [] : Array<string>(8 - first.length - last.length).fill('0')
  const words = [...first, ...zeros, ...last].map((group) => parseInt(group, 16))
  return Buffer.from(words.flatMap((word) => [word >> 8, word & 0xff]))
}
