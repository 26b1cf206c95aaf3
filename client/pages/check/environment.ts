import { codeOf, type Line, lineUrl, openLine } from '../../signaling/trpcSocket.ts'
import type { IceConfig } from '../../../machines/protocol/messages.ts'
import type { Finding } from './finding.ts'

/** How long the server may take to answer on its WebSocket. */
const linePatience = 6_000
/** The first question opens the socket; the fastest of these tells how far the server is. */
const questions = 3

export function lookAtPage(): Finding {
  if (typeof RTCPeerConnection === 'undefined') return { code: 'no-webrtc' }
  return { code: isSecureContext ? 'secure' : 'insecure' }
}

/** Other names of devices that are listed by their own too. */
const aliases = new Set(['default', 'communications'])

/** Nobody is asked for a device here. Until somebody was, browsers tell of each kind only whether there is one. */
export async function countDevices(): Promise<Finding> {
  const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => null)
  if (!devices) return { code: 'devices-unknown' }
  const count = (kind: MediaDeviceKind): number => devices.filter((device) => device.kind === kind && !aliases.has(device.deviceId)).length
  const [cameras, microphones] = [count('videoinput'), count('audioinput')]
  return cameras + microphones > 0 ? { code: 'devices', cameras, microphones } : { code: 'no-devices' }
}

/** Asks the server for its ICE servers, over the WebSocket that calls use. */
export async function askServer(signal: AbortSignal): Promise<{ finding: Finding; config: IceConfig | null }> {
  let line: Line | undefined
  const lost = new Promise<null>((resolve) => {
    line = openLine({ url: lineUrl(location), WebSocket, onOpen: () => undefined, onClose: () => resolve(null) })
    setTimeout(resolve, linePatience, null)
    signal.addEventListener('abort', () => resolve(null), { once: true })
  })
  try {
    const answer = await Promise.race([line && question(line), lost])
    return answer ? { finding: { code: 'line', roundTripMs: answer.roundTripMs }, config: answer.config } : { finding: { code: 'line-silent' }, config: null }
  } catch (error) {
    const refusal = codeOf(error)
    return { finding: refusal ? { code: 'line-refused', refusal } : { code: 'line-silent' }, config: null }
  } finally {
    line?.close()
  }
}

async function question({ client }: Line): Promise<{ config: IceConfig; roundTripMs: number }> {
  const config = await client.ice.servers.query()
  const times: number[] = []
  for (let asked = 0; asked < questions; asked++) {
    const since = performance.now()
    await client.ice.servers.query()
    times.push(performance.now() - since)
  }
  return { config, roundTripMs: Math.min(...times) }
}
