import { expect } from 'vitest'
import type { BrowserUser } from './browserUser.ts'
import type { InboundStats } from './pageScripts.ts'

/**
 * Expects an established call on both sides: connected states, moving video, and growing audio and video counters.
 * @param frames to sample, ten per second; at least three
 */
export async function expectCall(ann: BrowserUser, ben: BrowserUser, frames = 12): Promise<void> {
  const users = [ann, ben]
  await Promise.all(users.map((user) => user.waitForStates({ membership: 'joined', room: 'full', call: 'connected' })))
  await Promise.all(
    users.map(async (user) => {
      const before = await user.readInboundStats()
      const { painted, different } = await user.sampleRemoteVideo(frames)
      expect(painted).toBeGreaterThanOrEqual(frames)
      expect(different).toBeGreaterThan(1)
      await expect
        .poll(async () => compareInbound(before, await user.readInboundStats()))
        .toEqual({ audio: true, video: true })
    }),
  )
}

/** Firefox may reset its counters in the first second of a call, and briefly reports none. */
const hasGrown = (before: number, after: number): boolean => after !== before && after > 0

const compareInbound = (before: InboundStats, after: InboundStats): { audio: boolean; video: boolean } => ({
  audio: hasGrown(before.audio.packets, after.audio.packets),
  video: hasGrown(before.video.packets, after.video.packets) && hasGrown(before.video.frames, after.video.frames),
})
