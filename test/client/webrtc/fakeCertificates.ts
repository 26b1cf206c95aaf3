import { createHash, randomBytes } from 'node:crypto'

/** An RTCCertificate with random bytes and their real SHA-256. */
export class FakeCertificate implements RTCCertificate {
  readonly expires = Infinity
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(randomBytes(280))

  get fingerprint(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(createHash('sha256').update(this.bytes).digest())
  }

  getFingerprints(): RTCDtlsFingerprint[] {
    const value = [...this.fingerprint].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
    return [
      { algorithm: 'sha-1', value: 'aa:bb' },
      { algorithm: 'sha-256', value },
    ]
  }
}

/** An RTCDtlsTransport with the certificates of its peer (webrtc-pc §5.5). */
export class FakeDtlsTransport extends EventTarget {
  state: RTCDtlsTransportState = 'new'
  readonly iceTransport = new EventTarget()
  #certificates: readonly FakeCertificate[]

  constructor(...certificates: FakeCertificate[]) {
    super()
    this.#certificates = certificates
  }

  getRemoteCertificates(): ArrayBuffer[] {
    return this.#certificates.map(({ bytes }) => bytes.slice().buffer)
  }

  /** Completes a handshake with a peer that has these certificates. */
  setCertificates(...certificates: FakeCertificate[]): void {
    this.state = 'connected'
    this.#certificates = certificates
    this.dispatchEvent(new Event('statechange'))
  }
}
