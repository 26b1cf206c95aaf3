import type { Guest } from './guest.ts'

/** Runs before the page's own scripts: keeps each track that the page is given, and refuses devices as a test wants. */
export const keepTracks = `if (navigator.mediaDevices) {
  const given = window.givenTracks = []
  const refusals = window.refusals = {}
  const devices = navigator.mediaDevices
  const ask = devices.getUserMedia.bind(devices)
  devices.getUserMedia = async (wanted) => {
    const asked = [...['audio', 'video'].filter((kind) => wanted[kind]), wanted.video?.deviceId?.exact]
    const refusal = asked.map((each) => refusals[each]).find(Boolean)
    if (refusal) throw new DOMException('refused', refusal)
    const stream = await ask(wanted)
    given.push(...stream.getTracks())
    return stream
  }
}`

/** The globals of a page with `keepTracks`. */
export interface Kept { givenTracks: MediaStreamTrack[]; refusals: Record<string, string> }

/** The kinds of the tracks that are live in a page: whose light is on. */
export const lights = (guest: Guest): Promise<string[]> =>
  guest.tab.run(() => (window as unknown as Kept).givenTracks.filter(({ readyState }) => readyState === 'live').map(({ kind }) => kind).sort(), null)
