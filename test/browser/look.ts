/** What runs inside a page to look at it. Each function is sent as its text, so it stands for itself. */

export interface States { visit: string; room: string; call: string }

/** The states that `<main>` carries, as soon as they are the wanted ones; or as they are when patience ends. */
export function reads({ wanted, patience }: { wanted: Partial<States>; patience: number }): Promise<States> {
  const states = (): States => {
    const { visit = '', room = '', call = '' } = document.querySelector('main')?.dataset ?? {}
    return { visit, room, call }
  }
  const isThere = (): boolean => Object.entries(wanted).every(([name, value]) => states()[name as keyof States] === value)
  return new Promise((resolve) => {
    const finish = (): void => {
      observer.disconnect()
      clearTimeout(timer)
      resolve(states())
    }
    const observer = new MutationObserver(() => isThere() && finish())
    observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-visit', 'data-room', 'data-call'] })
    const timer = setTimeout(finish, patience)
    if (isThere()) finish()
  })
}

export interface Pictures { painted: number; different: number }

/** Counts frames that the browser presents to the screen, and looks at each in small. */
export function pictures({ which, frames, patience }: { which: string; frames: number; patience: number }): Promise<Pictures> {
  const video = document.querySelector<HTMLVideoElement>(`[data-testid=${which}]`)
  const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 })
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!video || !context) throw new Error(`there is no ${which}`)
  const seen = new Set<string>()
  let painted = 0
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer)
      resolve({ painted, different: seen.size })
    }
    const look = (): void => {
      painted += 1
      context.drawImage(video, 0, 0, canvas.width, canvas.height)
      seen.add(context.getImageData(0, 0, canvas.width, canvas.height).data.join())
      if (painted < frames) video.requestVideoFrameCallback(look)
      else finish()
    }
    const timer = setTimeout(finish, patience)
    video.requestVideoFrameCallback(look)
  })
}

export interface Inbound {
  audio: { packets: number; energy: number }
  video: { packets: number; frames: number }
}

/** Of the newest connection that is not closed. Firefox never answers who asks one that is being closed: then nothing has arrived. */
export async function inbound(): Promise<Inbound> {
  const { madeConnections } = window as unknown as { madeConnections: RTCPeerConnection[] }
  const found: Inbound = { audio: { packets: 0, energy: 0 }, video: { packets: 0, frames: 0 } }
  const connection = madeConnections.filter(({ connectionState }) => connectionState !== 'closed').at(-1)
  const report = await Promise.race([connection?.getStats(), new Promise<undefined>((resolve) => setTimeout(resolve, 2_000))])
  for (const stats of report?.values() ?? []) {
    if (stats.type !== 'inbound-rtp') continue
    if (stats.kind === 'audio') found.audio = { packets: stats.packetsReceived ?? 0, energy: stats.totalAudioEnergy ?? 0 }
    else found.video = { packets: stats.packetsReceived ?? 0, frames: stats.framesDecoded ?? 0 }
  }
  return found
}

export interface Side { type: string; protocol: string; address: string; port: number; relayProtocol?: string }
export interface Pair { local: Side; remote: Side }

/** The pair of candidates that the media takes; null, too, where the browser does not answer, as above. */
export async function candidatePair(): Promise<Pair | null> {
  const { madeConnections } = window as unknown as { madeConnections: RTCPeerConnection[] }
  const connection = madeConnections.filter(({ connectionState }) => connectionState !== 'closed').at(-1)
  const report = await Promise.race([connection?.getStats(), new Promise<undefined>((resolve) => setTimeout(resolve, 2_000))])
  const all = [...(report?.values() ?? [])]
  const transport = all.find(({ type }) => type === 'transport')
  const pair = all.find(({ type, id, selected }) => type === 'candidate-pair' && (id === transport?.selectedCandidatePairId || selected))
  const side = (wanted: string) => {
    const { candidateType: type, protocol, address, port, relayProtocol } = all.find(({ id }) => id === wanted)
    return { type, protocol, address, port, relayProtocol }
  }
  return pair ? { local: side(pair.localCandidateId), remote: side(pair.remoteCandidateId) } : null
}

export const presses = (): string[] =>
  [...document.querySelectorAll('button')].filter((button) => button.checkVisibility()).map((button) => {
    const clone = button.cloneNode(true) as HTMLElement
    clone.querySelectorAll('[aria-hidden=true]').forEach((hidden) => hidden.remove())
    return button.getAttribute('aria-label') ?? clone.textContent?.trim() ?? ''
  })
