import { type Bytes, areEqual } from './bytes.ts'

/** Interval of the certificate check, in ms. State changes of the connection trigger a check too. */
const checkIntervalMs = 1_000

/**
 * Returns the SHA-256 fingerprint of the local certificate, 32 bytes.
 * @throws Error if the browser reports none
 */
export function readOwnFingerprint(certificate: RTCCertificate): Bytes {
  const found = certificate.getFingerprints().find(({ algorithm }) => algorithm?.toLowerCase() === 'sha-256')
  const bytes = Uint8Array.from(found?.value?.split(':') ?? [], (byte) => Number.parseInt(byte, 16))
  if (bytes.length !== 32) throw new Error('the certificate has no SHA-256 fingerprint')
  return bytes
}

/**
 * Returns the peer's certificate (DER) from the DTLS handshake of the data channel.
 * @throws Error if there is none yet
 */
export function readPeerCertificate(pc: RTCPeerConnection): Bytes {
  const [certificate] = remoteCertificates(pc.sctp?.transport)
  if (!certificate) throw new Error('the peer has sent no certificate')
  return certificate
}

/**
 * Calls `onChange` when any transport uses another peer certificate than `first`. An attacker who changes descriptions
 * could add a second transport and leave the data channel as it is. The attacker could also repeat the handshake on
 * this transport after the users compared the code. Returns its stop function.
 */
export function monitorCertificates(pc: RTCPeerConnection, first: Bytes, onChange: () => void): () => void {
  const stop = new AbortController()
  const known = new Set<RTCDtlsTransport>()
  const check = (): void => {
    for (const transport of listTransports(pc)) {
      if (!known.has(transport)) transport.addEventListener('statechange', check, { signal: stop.signal })
      known.add(transport)
    }
    if (
      [...known].some((transport) =>
        remoteCertificates(transport).some((each, at) => at === 0 && !areEqual(each, first)),
      )
    )
      onChange()
  }
  for (const event of ['signalingstatechange', 'connectionstatechange', 'iceconnectionstatechange'])
    pc.addEventListener(event, check, { signal: stop.signal })
  const timer = setInterval(check, checkIntervalMs)
  check()
  return () => {
    stop.abort()
    clearInterval(timer)
  }
}

const remoteCertificates = (transport: RTCDtlsTransport | undefined): Bytes[] =>
  (transport?.getRemoteCertificates() ?? []).map((each) => new Uint8Array(each))

const listTransports = (pc: RTCPeerConnection): RTCDtlsTransport[] =>
  [
    pc.sctp?.transport ?? null,
    ...pc.getTransceivers().flatMap(({ sender, receiver }) => [sender.transport, receiver.transport]),
  ].filter((transport) => transport !== null)
