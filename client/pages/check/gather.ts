/** Candidates and errors of one gathering. */
export interface Gathered {
  candidates: GatheredCandidate[]
  errors: GatherError[]
  /** True if the browser completed gathering, false if the timeout ended it. */
  isComplete: boolean
  /** Time until the last event. Distinguishes an immediate error from a timeout. */
  elapsedMs: number
}

export interface GatheredCandidate {
  type: string
  address: string
}

/** From `RTCPeerConnectionIceErrorEvent`: a STUN error code, or 701 for no response. */
export interface GatherError {
  code: number
  text: string
}

/** For an unresponsive server, Firefox gives up after 11 s and Chromium after 40 s. */
export const gatherTimeoutMs = 10_000

/** Records candidates and errors of `pc` from now on. */
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

/**
 * Gathers from one server until a candidate of the `wanted` type, the end of gathering, the timeout, or the abort.
 * @throws if the browser rejects the URL
 */
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
    // These listeners run after those of `recordGathering`, which were added first.
    pc.addEventListener('icecandidate', resolveIfDone)
    pc.addEventListener('icegatheringstatechange', resolveIfDone)
  })
}

function parseCandidate({ candidate }: RTCIceCandidate): GatheredCandidate {
  const [, , , , address = '', , , type = ''] = candidate.split(' ')
  return { type, address }
}
