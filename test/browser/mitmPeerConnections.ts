import type { ChannelMessage } from '../../machines/protocol/dataChannelMessages.ts'
import type { Candidate, DescriptionMessage, IceServer } from '../../machines/protocol/messages.ts'

/** Two peer connections in one page. Media and messages from one are forwarded to the other. */
export interface MediaBridge {
  /** `forward` forwards the safety code's messages unchanged; `impersonate` runs a separate exchange with each side. */
  mode: 'forward' | 'impersonate'
  acceptOffer(offer: DescriptionMessage): Promise<string>
  acceptAnswer(sdp: string): Promise<string>
  /** Answers a later offer of A itself. B does not learn of it. */
  answerRestart(offer: DescriptionMessage): Promise<string>
  addCandidate(of: 'a' | 'b', candidate: Candidate): Promise<void>
}

/** How the bridge handles the code exchange, and the relay that it uses; without one it has host candidates. */
export interface MediaBridgeOptions {
  mode: MediaBridge['mode']
  room: string
  iceServers?: readonly IceServer[]
}

/** One connection that replaces another. */
export interface ForeignPeer {
  /** Returns an offer with the product's media sections, so that it looks like a renegotiation. */
  createOffer(): Promise<string>
  acceptAnswer(sdp: string): Promise<void>
  addCandidate(candidate: Candidate): Promise<void>
}

declare global {
  interface Window {
    mediaBridge: MediaBridge
    foreignPeer: ForeignPeer
  }
}

/** Runs in the page: sent as source text, so it uses no outer names. */
export async function installMediaBridge({ mode, room, iceServers }: MediaBridgeOptions): Promise<void> {
  const createSide = async () => {
    const certificate = await RTCPeerConnection.generateCertificate({
      name: 'ECDSA',
      namedCurve: 'P-256',
    } as EcKeyGenParams)
    const pc = new RTCPeerConnection({
      certificates: [certificate],
      bundlePolicy: 'max-bundle',
      ...(iceServers && { iceServers: iceServers as RTCIceServer[], iceTransportPolicy: 'relay' }),
    })
    return {
      certificate,
      pc,
      channel: pc.createDataChannel('duet', { negotiated: true, id: 0 }),
      pendingCandidates: [] as Candidate[],
      nonce: crypto.getRandomValues(new Uint8Array(32)),
    }
  }
  const sides = { a: await createSide(), b: await createSide() }
  let connection = ''

  const toBase64Url = (bytes: Uint8Array) =>
    btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')
  /** As machines/README.md defines it. */
  const deriveCommitment = async (to: 'a' | 'b') => {
    const { certificate, nonce } = sides[to]
    const fingerprint = Uint8Array.from(certificate.getFingerprints()[0]?.value?.split(':') ?? [], (byte) =>
      parseInt(byte, 16),
    )
    const fields = [
      'duet safety code 1',
      'commitment',
      room,
      connection,
      to === 'a' ? 'polite' : 'impolite',
      fingerprint,
      nonce,
    ].map((field) => (typeof field === 'string' ? new TextEncoder().encode(field) : field))
    const framed = new Uint8Array(fields.flatMap((field) => [field.length >> 8, field.length & 255, ...field]))
    return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', framed)))
  }

  const replyTo = async (to: 'a' | 'b', message: ChannelMessage): Promise<ChannelMessage | null> => {
    if (message.type === 'commit') return { type: 'commit', commitment: await deriveCommitment(to) }
    return message.type === 'reveal' ? { type: 'reveal', nonce: toBase64Url(sides[to].nonce) } : null
  }
  const otherSide = { a: 'b', b: 'a' } as const
  for (const from of ['a', 'b'] as const) {
    sides[from].channel.onmessage = async ({ data }) => {
      const reply = mode === 'impersonate' ? await replyTo(from, JSON.parse(data)) : null
      if (reply) return sides[from].channel.send(JSON.stringify(reply))
      const { channel } = sides[otherSide[from]]
      if (channel.readyState === 'open') channel.send(data)
      else channel.addEventListener('open', () => channel.send(data), { once: true })
    }
  }

  const gatherCandidates = async ({ pc }: typeof sides.a): Promise<string> => {
    if (pc.iceGatheringState !== 'complete') {
      await new Promise<void>((resolve) =>
        pc.addEventListener('icegatheringstatechange', () => {
          if (pc.iceGatheringState === 'complete') resolve()
        }),
      )
    }
    return pc.localDescription!.sdp
  }
  const applyRemoteDescription = async (
    { pc, pendingCandidates }: typeof sides.a,
    description: RTCSessionDescriptionInit,
  ) => {
    await pc.setRemoteDescription(description)
    for (const candidate of pendingCandidates.splice(0)) await pc.addIceCandidate(candidate).catch(() => undefined)
  }

  window.mediaBridge = {
    mode,
    async acceptOffer(offer) {
      const { a, b } = sides
      connection = offer.connection
      await applyRemoteDescription(a, { type: 'offer', sdp: offer.sdp })
      for (const { receiver } of a.pc.getTransceivers())
        b.pc.addTransceiver(receiver.track, { direction: 'sendrecv', streams: [new MediaStream()] })
      await b.pc.setLocalDescription()
      return gatherCandidates(b)
    },
    async acceptAnswer(sdp) {
      const { a, b } = sides
      await applyRemoteDescription(b, { type: 'answer', sdp })
      for (const [at, transceiver] of a.pc.getTransceivers().entries()) {
        transceiver.direction = 'sendrecv'
        await transceiver.sender.replaceTrack(b.pc.getTransceivers()[at]?.receiver.track ?? null)
      }
      await a.pc.setLocalDescription()
      return gatherCandidates(a)
    },
    async answerRestart({ sdp }) {
      await applyRemoteDescription(sides.a, { type: 'offer', sdp })
      await sides.a.pc.setLocalDescription()
      return gatherCandidates(sides.a)
    },
    async addCandidate(of, candidate) {
      const { pc, pendingCandidates } = sides[of]
      if (pc.remoteDescription) await pc.addIceCandidate(candidate).catch(() => undefined)
      else pendingCandidates.push(candidate)
    },
  }
}

/** Runs in the page: sent as source text. */
export function installForeignPeer(): void {
  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
  const pendingCandidates: Candidate[] = []
  pc.createDataChannel('duet', { negotiated: true, id: 0 })
  window.foreignPeer = {
    async createOffer() {
      for (const kind of ['audio', 'video']) pc.addTransceiver(kind)
      await pc.setLocalDescription()
      if (pc.iceGatheringState !== 'complete') {
        await new Promise<void>((resolve) =>
          pc.addEventListener('icegatheringstatechange', () => {
            if (pc.iceGatheringState === 'complete') resolve()
          }),
        )
      }
      return pc.localDescription!.sdp
    },
    async acceptAnswer(sdp) {
      await pc.setRemoteDescription({ type: 'answer', sdp })
      for (const candidate of pendingCandidates.splice(0)) await pc.addIceCandidate(candidate).catch(() => undefined)
    },
    async addCandidate(candidate) {
      if (!pc.remoteDescription?.sdp.includes(`ice-ufrag:${candidate.usernameFragment}`))
        pendingCandidates.push(candidate)
      else await pc.addIceCandidate(candidate).catch(() => undefined)
    },
  }
}
