import { parseErrorCode, type TrpcSocket, trpcUrl, openTrpcSocket } from '../../signaling/trpcSocket.ts'
import type { IceConfig } from '../../../machines/protocol/messages.ts'
import type { Finding } from './finding.ts'

/** How long the server may take to answer on its WebSocket. */
const answerTimeoutMs = 6_000
/** The first question opens the socket; the fastest of these tells how far the server is. */
const roundTripSamples = 3

export function checkPage(): Finding {
  if (typeof RTCPeerConnection === 'undefined') return { code: 'no-webrtc' }
  return { code: isSecureContext ? 'secure' : 'insecure' }
}

/** Other names of devices that are listed by their own too. */
const aliases = new Set(['default', 'communications'])

/** Nobody is asked for a device here. Until somebody was, browsers tell of each kind only whether there is one. */
export async function checkDevices(): Promise<Finding> {
  const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => null)
  if (!devices) return { code: 'devices-unknown' }
  const count = (kind: MediaDeviceKind): number =>
    devices.filter((device) => device.kind === kind && !aliases.has(device.deviceId)).length
  const [cameras, microphones] = [count('videoinput'), count('audioinput')]
  return cameras + microphones > 0 ? { code: 'devices', cameras, microphones } : { code: 'no-devices' }
}

/** Asks the server for its ICE servers, over the WebSocket that calls use. */
export async function checkSignaling(signal: AbortSignal): Promise<{ finding: Finding; config: IceConfig | null }> {
  let socket: TrpcSocket | undefined
  const unanswered = new Promise<null>((resolve) => {
    socket = openTrpcSocket({
      url: trpcUrl(location),
      WebSocket,
      onOpen: () => undefined,
      onClose: () => resolve(null),
    })
    setTimeout(resolve, answerTimeoutMs, null)
    signal.addEventListener('abort', () => resolve(null), { once: true })
  })
  try {
    const answer = await Promise.race([socket && queryIceConfig(socket), unanswered])
    return answer
      ? { finding: { code: 'signaling', roundTripMs: answer.roundTripMs }, config: answer.config }
      : { finding: { code: 'signaling-silent' }, config: null }
  } catch (error) {
    const errorCode = parseErrorCode(error)
    return { finding: errorCode ? { code: 'signaling-error', errorCode } : { code: 'signaling-silent' }, config: null }
  } finally {
    socket?.close()
  }
}

async function queryIceConfig({ client }: TrpcSocket): Promise<{ config: IceConfig; roundTripMs: number }> {
  const config = await client.ice.servers.query()
  const roundTripsMs: number[] = []
  for (let sample = 0; sample < roundTripSamples; sample++) {
    const startedAt = performance.now()
    await client.ice.servers.query()
    roundTripsMs.push(performance.now() - startedAt)
  }
  return { config, roundTripMs: Math.min(...roundTripsMs) }
}
