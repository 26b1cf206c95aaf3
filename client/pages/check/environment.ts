import { parseErrorCode, type TrpcSocket, trpcUrl, openTrpcSocket } from '../../signaling/trpcSocket.ts'
import type { IceConfig } from '../../../machines/protocol/messages.ts'
import { appPath } from '../../common/basePath.ts'
import type { Finding, ProxyFault } from './finding.ts'

/** Timeout for the ICE servers and their round-trip times, over the WebSocket. */
const iceConfigTimeoutMs = 6_000
/** The first request also opens the socket, so the fastest of these is the round-trip time. */
const roundTripSamples = 3

/** Returns whether the browser supports WebRTC and the page is secure. */
export function checkPage(): Finding {
  if (typeof RTCPeerConnection === 'undefined') return { code: 'no-webrtc' }
  return { code: isSecureContext ? 'secure' : 'insecure' }
}

/** Device ids that are aliases of other listed devices. */
const aliases = new Set(['default', 'communications'])

/** Counts the devices without a permission prompt. Before a permission, browsers list at most one of each kind. */
export async function checkDevices(): Promise<Finding> {
  const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => null)
  if (!devices) return { code: 'devices-unknown' }
  const count = (kind: MediaDeviceKind): number =>
    devices.filter((device) => device.kind === kind && !aliases.has(device.deviceId)).length
  const [cameras, microphones] = [count('videoinput'), count('audioinput')]
  return cameras + microphones > 0 ? { code: 'devices', cameras, microphones } : { code: 'no-devices' }
}

/** Timeout for the faults of the reverse proxy, in ms. */
const proxyTimeoutMs = 6_000

/** Asks the server which headers its reverse proxy lacks. Returns null if none is known. Never rejects. */
export async function checkProxy(signal: AbortSignal): Promise<Finding | null> {
  try {
    const response = await fetch(appPath('/setup'), {
      cache: 'no-store',
      signal: AbortSignal.any([signal, AbortSignal.timeout(proxyTimeoutMs)]),
    })
    const { proxyFaults } = (await response.json()) as { proxyFaults: ProxyFault[] }
    return proxyFaults.length > 0 ? { code: 'proxy', faults: proxyFaults } : null
  } catch {
    // Another row says that the server does not respond.
    return null
  }
}

/** Requests the ICE servers over the signaling WebSocket and measures its round-trip time. */
export async function checkSignaling(signal: AbortSignal): Promise<{ finding: Finding; config: IceConfig | null }> {
  let socket: TrpcSocket | undefined
  const unanswered = new Promise<null>((resolve) => {
    socket = openTrpcSocket({
      url: trpcUrl(location, null),
      WebSocket,
      onOpen: () => undefined,
      onClose: () => resolve(null),
    })
    setTimeout(resolve, iceConfigTimeoutMs, null)
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
