import type { BrowserUser } from './browserUser.ts'

/**
 * Runs before the page's own scripts: records each track that the page gets, and rejects device requests as a test
 * wants.
 */
export const recordTracksScript = `if (navigator.mediaDevices) {
  const given = window.grantedTracks = []
  const captureErrorNames = window.captureErrorNames = {}
  const devices = navigator.mediaDevices
  const ask = devices.getUserMedia.bind(devices)
  devices.getUserMedia = async (wanted) => {
    const asked = [...['audio', 'video'].filter((kind) => wanted[kind]), wanted.video?.deviceId?.exact]
    const errorName = asked.map((each) => captureErrorNames[each]).find(Boolean)
    if (errorName) throw new DOMException('refused', errorName)
    const stream = await ask(wanted)
    given.push(...stream.getTracks())
    return stream
  }
}`

/** The globals of a page with `recordTracksScript`. */
interface RecordedTracks {
  grantedTracks: MediaStreamTrack[]
  captureErrorNames: Record<string, string>
}

declare global {
  interface Window extends RecordedTracks {}
}

/** Lists the kinds of live tracks in a page, whose device indicators are on. */
export const listLiveTrackKinds = (user: BrowserUser): Promise<string[]> =>
  user.tab.run(
    () =>
      window.grantedTracks
        .filter(({ readyState }) => readyState === 'live')
        .map(({ kind }) => kind)
        .sort(),
    null,
  )
