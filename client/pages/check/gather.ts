/** What a browser told while it gathered. */
export interface Gathered {
  candidates: GatheredCandidate[]
  errors: GatherError[]
  /** The browser said itself that it is done; otherwise the timeout ended it. */
  isComplete: boolean
  /** Until the last word of the browser: tells an error at once from one after long silence. */
  elapsedMs: number
}

export interface GatheredCandidate {
  type: string
  address: string
}

/** RTCPeerConnectionIceErrorEvent: a STUN error code, or 701 where nothing was answered. */
export interface GatherError {
  code: number
  text: string
}

/** A silent server is tried for 11 s by Firefox, for 40 s by Chromium. */
export const gatherTimeoutMs = 10_000

/** Collects what `pc` finds from now on. */
export function recordGathering(pc: RTCPeerConnection): Gathered {
  const gathered: Gathered = { candidates: [], errors: [], isComplete: false, elapsedMs: 0 }
  const startedAt = performance.now()
  const markActivity = (): void => void (gathered.elapsedMs = performance.now() - startedAt)
  pc.addEventListener('icecandidate', ({ candidate }) => {
    markActivity()
    if (candidate?.candidate) gathered.candidates.push(parseCandidate(candidate))
  })
  pc.addEventListener('icecandidateerror', ({ errorCode, errorText }) => {
    markActivity()
    gathered.errors.push({ code: errorCode, text: errorText })
  })
  pc.addEventListener('icegatheringstatechange', () => {
    if (pc.iceGatheringState === 'complete') gathered.isComplete = true
  })
  return gathered
}

/** Gathers from one server, until a candidate of `wanted` type is found, all is tried, or the timeout is over. */
export async function gather(
  server: RTCIceServer | null,
  wanted: RTCIceCandidateType | null,
  signal: AbortSignal,
): Promise<Gathered> {
  const pc = new RTCPeerConnection({ iceServers: server ? [server] : [] })
  try {
    const gathered = recordGathering(pc)
    pc.createDataChannel('check')
    await pc.setLocalDescription()
    await untilDone(pc, () => gathered.isComplete || gathered.candidates.some(({ type }) => type === wanted), signal)
    return gathered
  } finally {
    pc.close()
  }
}

function untilDone(pc: RTCPeerConnection, isDone: () => boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const resolveIfDone = (): void => void (isDone() && resolve())
    setTimeout(resolve, gatherTimeoutMs)
    signal.addEventListener('abort', () => resolve(), { once: true })
    // After those of `recordGathering`, which were added first.
    pc.addEventListener('icecandidate', resolveIfDone)
    pc.addEventListener('icegatheringstatechange', resolveIfDone)
  })
}

function parseCandidate({ candidate }: RTCIceCandidate): GatheredCandidate {
  const [, , , , address = '', , , type = ''] = candidate.split(' ')
  return { type, address }
}
