import { expect } from 'vitest'
import type { BrowserUser } from './browserUser.ts'
import { deadlineMs } from '../deadline.ts'

/** Runs in a page: `getDisplayMedia` resolves with a moving picture and a tone, as if the user had chosen a tab. */
function installScreen(): void {
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 })
    const context = canvas.getContext('2d')!
    let frame = 0
    setInterval(() => {
      context.fillStyle = `hsl(${(frame += 7) % 360} 80% 50%)`
      context.fillRect(0, 0, canvas.width, canvas.height)
    }, 50)
    const stream = canvas.captureStream(20)
    const audio = new AudioContext()
    const tone = audio.createOscillator()
    const output = audio.createMediaStreamDestination()
    tone.connect(output)
    tone.start()
    for (const track of output.stream.getAudioTracks()) stream.addTrack(track)
    return stream
  }
}

/** Reads how the page shows the peer's shared screen: its place, and the live tracks of its element. */
function readRemoteScreen(): { overlap: number; kinds: string[] } | null {
  const [face, screen] = ['remote-video', 'remote-screen'].map((id) =>
    document.querySelector<HTMLVideoElement>(`[data-testid=${id}]`),
  )
  if (!face || !screen) return null
  const [one, other] = [face.getBoundingClientRect(), screen.getBoundingClientRect()]
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left)
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
  const tracks = (screen.srcObject as MediaStream).getTracks().filter(({ muted }) => !muted)
  return { overlap: Math.max(0, width) * Math.max(0, height), kinds: tracks.map(({ kind }) => kind).sort() }
}

/** A user shares a screen with sound. The peer sees it beside the face, and both keep moving. */
export async function expectSharedScreen(
  sharer: BrowserUser,
  peer: BrowserUser,
  whileShared = async (): Promise<void> => undefined,
): Promise<void> {
  await sharer.tab.run(installScreen, null)
  await sharer.press('Share screen')
  await expect
    .poll(() => peer.tab.run(readRemoteScreen, null), { timeout: deadlineMs })
    .toEqual({ overlap: 0, kinds: ['audio', 'video'] })
  expect((await peer.sampleRemoteScreen(3)).different).toBeGreaterThan(1)
  expect((await peer.sampleRemoteVideo(3)).different).toBeGreaterThan(1)
  const own = await sharer.tab.run(
    () => ['local-video', 'local-screen'].map((id) => document.querySelector(`[data-testid=${id}]`) !== null),
    null,
  )
  expect(own).toEqual([true, true])
  await whileShared()
  await sharer.press('Stop sharing')
  await expect.poll(() => peer.tab.run(readRemoteScreen, null), { timeout: deadlineMs }).toBeNull()
}
