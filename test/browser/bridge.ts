import type { ChannelMessage } from '../../machines/protocol/dataChannelMessages.ts'
import type { Candidate, Description } from '../../machines/protocol/messages.ts'

/** Two connections in one page, and what comes over one goes on over the other. */
export interface Bridge {
  /** Hands the safety code’s messages on as they are, or leads an exchange of its own with each. */
  conduct: 'hands on' | 'plays'
  takeOffer(offer: Description): Promise<string>
  takeAnswer(sdp: string): Promise<string>
  addCandidate(of: 'a' | 'b', candidate: Candidate): Promise<void>
}

/** One connection that takes the place of another. */
export interface Elsewhere {
  /** Lines as every description of the product has them: so it may be taken for a change of any. */
  makeOffer(): Promise<string>
  takeAnswer(sdp: string): Promise<void>
  addCandidate(candidate: Candidate): Promise<void>
}

declare global {
  interface Window { bridge: Bridge; end: Elsewhere }
}

/** Runs in the page: sent as its text, so it stands for itself. */
export async function keepBridge({ conduct, room }: { conduct: Bridge['conduct']; room: string }): Promise<void> {
  const side = async () => {
    const certificate = await RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' } as EcKeyGenParams)
    const pc = new RTCPeerConnection({ certificates: [certificate], bundlePolicy: 'max-bundle' })
    return { certificate, pc, channel: pc.createDataChannel('duet', { negotiated: true, id: 0 }), early: [] as Candidate[], nonce: crypto.getRandomValues(new Uint8Array(32)) }
  }
  const sides = { a: await side(), b: await side() }
  let connection = ''

  const text = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  /** As machines/README.md tells it. */
  const commitment = async (to: 'a' | 'b') => {
    const { certificate, nonce } = sides[to]
    const print = Uint8Array.from(certificate.getFingerprints()[0]?.value?.split(':') ?? [], (byte) => parseInt(byte, 16))
    const fields = ['duet safety code 1', 'commitment', room, connection, to === 'a' ? 'polite' : 'impolite', print, nonce]
      .map((field) => (typeof field === 'string' ? new TextEncoder().encode(field) : field))
    const framed = new Uint8Array(fields.flatMap((field) => [field.length >> 8, field.length & 255, ...field]))
    return text(new Uint8Array(await crypto.subtle.digest('SHA-256', framed)))
  }

  const answer = async (to: 'a' | 'b', message: ChannelMessage): Promise<ChannelMessage | null> => {
    if (message.type === 'commit') return { type: 'commit', commitment: await commitment(to) }
    return message.type === 'reveal' ? { type: 'reveal', nonce: text(sides[to].nonce) } : null
  }
  const across = { a: 'b', b: 'a' } as const
  for (const from of ['a', 'b'] as const) {
    sides[from].channel.onmessage = async ({ data }) => {
      const own = conduct === 'plays' ? await answer(from, JSON.parse(data)) : null
      if (own) return sides[from].channel.send(JSON.stringify(own))
      const { channel } = sides[across[from]]
      if (channel.readyState === 'open') channel.send(data)
      else channel.addEventListener('open', () => channel.send(data), { once: true })
    }
  }

  const gathered = async ({ pc }: typeof sides.a): Promise<string> => {
    if (pc.iceGatheringState !== 'complete') {
      await new Promise<void>((resolve) => pc.addEventListener('icegatheringstatechange', () => { if (pc.iceGatheringState === 'complete') resolve() }))
    }
    return pc.localDescription!.sdp
  }
  const settle = async ({ pc, early }: typeof sides.a, description: RTCSessionDescriptionInit) => {
    await pc.setRemoteDescription(description)
    for (const candidate of early.splice(0)) await pc.addIceCandidate(candidate).catch(() => undefined)
  }

  window.bridge = {
    conduct,
    async takeOffer(offer) {
      const { a, b } = sides
      connection = offer.connection
      await settle(a, { type: 'offer', sdp: offer.sdp })
      for (const { receiver } of a.pc.getTransceivers()) b.pc.addTransceiver(receiver.track, { direction: 'sendrecv', streams: [new MediaStream()] })
      await b.pc.setLocalDescription()
      return gathered(b)
    },
    async takeAnswer(sdp) {
      const { a, b } = sides
      await settle(b, { type: 'answer', sdp })
      for (const [at, transceiver] of a.pc.getTransceivers().entries()) {
        transceiver.direction = 'sendrecv'
        await transceiver.sender.replaceTrack(b.pc.getTransceivers()[at]?.receiver.track ?? null)
      }
      await a.pc.setLocalDescription()
      return gathered(a)
    },
    async addCandidate(of, candidate) {
      const { pc, early } = sides[of]
      if (pc.remoteDescription) await pc.addIceCandidate(candidate).catch(() => undefined)
      else early.push(candidate)
    },
  }
}

/** Runs in the page, as its text. */
export function keepEnd(): void {
  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
  const early: Candidate[] = []
  pc.createDataChannel('duet', { negotiated: true, id: 0 })
  window.end = {
    async makeOffer() {
      for (const kind of ['audio', 'video']) pc.addTransceiver(kind)
      await pc.setLocalDescription()
      if (pc.iceGatheringState !== 'complete') {
        await new Promise<void>((resolve) => pc.addEventListener('icegatheringstatechange', () => { if (pc.iceGatheringState === 'complete') resolve() }))
      }
      return pc.localDescription!.sdp
    },
    async takeAnswer(sdp) {
      await pc.setRemoteDescription({ type: 'answer', sdp })
      for (const candidate of early.splice(0)) await pc.addIceCandidate(candidate).catch(() => undefined)
    },
    async addCandidate(candidate) {
      if (!pc.remoteDescription?.sdp.includes(`ice-ufrag:${candidate.usernameFragment}`)) early.push(candidate)
      else await pc.addIceCandidate(candidate).catch(() => undefined)
    },
  }
}
