import { type Bytes, areEqual } from './bytes.ts'

/** How often one looks whether the other end is still the same, besides whenever the browser says that something changed. */
const checkIntervalMs = 1_000

/** The SHA-256 of the certificate that is ours. */
export function readOwnFingerprint(certificate: RTCCertificate): Bytes {
  const found = certificate.getFingerprints().find(({ algorithm }) => algorithm?.toLowerCase() === 'sha-256')
  const bytes = Uint8Array.from(found?.value?.split(':') ?? [], (byte) => Number.parseInt(byte, 16))
  if (bytes.length !== 32) throw new Error('the certificate has no SHA-256')
  return bytes
}

/** The certificate at the other end of the data channel: the one that DTLS was done with. */
export function readPeerCertificate(pc: RTCPeerConnection): Bytes {
  const [certificate] = remoteCertificates(pc.sctp?.transport)
  if (!certificate) throw new Error('the other end has shown no certificate')
  return certificate
}

/**
 * Calls when something goes to, or comes from, another certificate than the first. Who tampers with descriptions could ask for a
 * second transport, and leave that of the data channel as it is; or begin anew on this one, after the code was compared.
 * Returns its undo.
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
