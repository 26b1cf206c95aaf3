/** An ECDSA key takes 1 ms to generate. A new certificate per connection prevents tracking by its fingerprint. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const

/** Generates the certificate of one connection. Rejects with the browser’s error. */
export const createCertificate = (): Promise<RTCCertificate> => RTCPeerConnection.generateCertificate(algorithm)

/**
 * Keeps a certificate ready for the next connection. The browser generates it on another thread. On a busy device that
 * took up to 70 ms, between the offer of the peer and the answer.
 */
export class CertificateReserve {
  #ready: Promise<RTCCertificate | null> | null = null

  /** Generates the certificate that the next `take` returns. */
  prepare(): void {
    this.#ready ??= createCertificate().catch(() => null)
  }

  /** Returns a certificate for one connection. Rejects with the browser’s error. */
  async take(): Promise<RTCCertificate> {
    const ready = this.#ready
    this.#ready = null
    const certificate = await ready
    // An expired one is rejected by the browser, after 30 days in the lobby (webrtc-pc §4.9).
    return certificate && certificate.expires > Date.now() ? certificate : createCertificate()
  }
}
