/** Functions that run inside a page. Each is sent as source text, so it uses no outer names. */

export interface PageStates {
  membership: string
  room: string
  call: string
}

/** Resolves with the states on `<main>` once they match, or with the current ones after timeoutMs. */
export function waitForStates({
  wanted,
  timeoutMs,
}: {
  wanted: Partial<PageStates>
  timeoutMs: number
}): Promise<PageStates> {
  const states = (): PageStates => {
    const { membership = '', room = '', call = '' } = document.querySelector('main')?.dataset ?? {}
    return { membership, room, call }
  }
  const isReached = (): boolean =>
    Object.entries(wanted).every(([name, value]) => states()[name as keyof PageStates] === value)
  return new Promise((resolve) => {
    const finish = (): void => {
      observer.disconnect()
      clearTimeout(timer)
      resolve(states())
    }
    const observer = new MutationObserver(() => isReached() && finish())
    observer.observe(document, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ['data-membership', 'data-room', 'data-call'],
    })
    const timer = setTimeout(finish, timeoutMs)
    if (isReached()) finish()
  })
}

/** Number of presented frames, and of different pictures among them. */
export interface VideoSample {
  painted: number
  different: number
}

/** Counts frames that the browser presents, and compares a small copy of each. */
export function sampleVideo({
  which,
  frames,
  timeoutMs,
}: {
  which: string
  frames: number
  timeoutMs: number
}): Promise<VideoSample> {
  const video = document.querySelector<HTMLVideoElement>(`[data-testid=${which}]`)
  const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 })
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!video || !context) throw new Error(`missing video element ${which}`)
  const seen = new Set<string>()
  let painted = 0
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer)
      resolve({ painted, different: seen.size })
    }
    const sampleFrame = (): void => {
      painted += 1
      context.drawImage(video, 0, 0, canvas.width, canvas.height)
      seen.add(context.getImageData(0, 0, canvas.width, canvas.height).data.join())
      if (painted < frames) video.requestVideoFrameCallback(sampleFrame)
      else finish()
    }
    const timer = setTimeout(finish, timeoutMs)
    video.requestVideoFrameCallback(sampleFrame)
  })
}

export interface InboundStats {
  audio: { packets: number; energy: number }
  video: { packets: number; frames: number }
}

/**
 * Reads the newest open connection. In Firefox `getStats()` of a closing connection never resolves; the result is then
 * zero.
 */
export async function readInboundStats(): Promise<InboundStats> {
  const { recordedConnections } = window
  const found: InboundStats = { audio: { packets: 0, energy: 0 }, video: { packets: 0, frames: 0 } }
  const connection = recordedConnections.filter(({ connectionState }) => connectionState !== 'closed').at(-1)
  const report = await Promise.race([
    connection?.getStats(),
    new Promise<undefined>((resolve) => setTimeout(resolve, 2_000)),
  ])
  for (const stats of report?.values() ?? []) {
    if (stats.type !== 'inbound-rtp') continue
    // A shared screen has streams of its own.
    const { audio, video } = found
    audio.packets += stats.kind === 'audio' ? (stats.packetsReceived ?? 0) : 0
    audio.energy += stats.totalAudioEnergy ?? 0
    video.packets += stats.kind === 'video' ? (stats.packetsReceived ?? 0) : 0
    video.frames += stats.framesDecoded ?? 0
  }
  return found
}

export interface CandidateInfo {
  type: string
  protocol: string
  address: string
  port: number
  relayProtocol?: string
}
export interface CandidatePairInfo {
  local: CandidateInfo
  remote: CandidateInfo
}

/**
 * Reads the candidate pair that carries the media. Null if there is none, or if `getStats()` does not resolve (see
 * above).
 */
export async function readCandidatePair(): Promise<CandidatePairInfo | null> {
  const { recordedConnections } = window
  const connection = recordedConnections.filter(({ connectionState }) => connectionState !== 'closed').at(-1)
  const report = await Promise.race([
    connection?.getStats(),
    new Promise<undefined>((resolve) => setTimeout(resolve, 2_000)),
  ])
  const all = [...(report?.values() ?? [])]
  const transport = all.find(({ type }) => type === 'transport')
  const pair = all.find(
    ({ type, id, selected }) => type === 'candidate-pair' && (id === transport?.selectedCandidatePairId || selected),
  )
  const side = (wanted: string) => {
    const { candidateType: type, protocol, address, port, relayProtocol } = all.find(({ id }) => id === wanted)
    return { type, protocol, address, port, relayProtocol }
  }
  return pair ? { local: side(pair.localCandidateId), remote: side(pair.remoteCandidateId) } : null
}

/** Lists the accessible names of all visible buttons. */
export const listButtons = (): string[] =>
  [...document.querySelectorAll('button')]
    .filter((button) => button.checkVisibility())
    .map((button) => {
      const clone = button.cloneNode(true) as HTMLElement
      clone.querySelectorAll('[aria-hidden=true]').forEach((hidden) => hidden.remove())
      return button.getAttribute('aria-label') ?? clone.textContent?.trim() ?? ''
    })
