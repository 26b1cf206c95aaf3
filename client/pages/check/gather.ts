/** What a browser told while it gathered. */
export interface Gathered {
  candidates: Found[]
  errors: GatherError[]
  /** The browser said itself that it is done; otherwise patience ended it. */
  isComplete: boolean
  /** Until the last word of the browser: tells an error at once from one after long silence. */
  elapsedMs: number
}

export interface Found {
  type: string
  address: string
}

/** RTCPeerConnectionIceErrorEvent: a STUN error code, or 701 where nothing was answered. */
export interface GatherError {
  code: number
  text: string
}

/** A silent server is tried for 11 s by Firefox, for 40 s by Chromium. */
export const gatherPatience = 10_000

/** Collects what `pc` finds from now on. */
export function watchGathering(pc: RTCPeerConnection): Gathered {
  const gathered: Gathered = { candidates: [], errors: [], isComplete: false, elapsedMs: 0 }
  const since = performance.now()
  const note = (): void => void (gathered.elapsedMs = performance.now() - since)
  pc.addEventListener('icecandidate', ({ candidate }) => {
    note()
    if (candidate?.candidate) gathered.candidates.push(foundOf(candidate))
  })
  pc.addEventListener('icecandidateerror', ({ errorCode, errorText }) => {
    note()
    gathered.errors.push({ code: errorCode, text: errorText })
  })
  pc.addEventListener('icegatheringstatechange', () => {
    if (pc.iceGatheringState === 'complete') gathered.isComplete = true
  })
  return gathered
}

/** Gathers from one server, until a candidate of `wanted` type is found, all is tried, or patience ends. */
export async function gather(server: RTCIceServer | null, wanted: RTCIceCandidateType | null, signal: AbortSignal): Promise<Gathered> {
  const pc = new RTCPeerConnection({ iceServers: server ? [server] : [] })
  try {
    const gathered = watchGathering(pc)
    pc.createDataChannel('check')
    await pc.setLocalDescription()
    await isOver(pc, () => gathered.isComplete || gathered.candidates.some(({ type }) => type === wanted), signal)
    return gathered
  } finally {
    pc.close()
  }
}

function isOver(pc: RTCPeerConnection, test: () => boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => void (test() && resolve())
    setTimeout(resolve, gatherPatience)
    signal.addEventListener('abort', () => resolve(), { once: true })
    // After those of `watchGathering`, which were added first.
    pc.addEventListener('icecandidate', look)
    pc.addEventListener('icegatheringstatechange', look)
  })
}

function foundOf({ candidate }: RTCIceCandidate): Found {
  const [, , , , address = '', , , type = ''] = candidate.split(' ')
  return { type, address }
}
