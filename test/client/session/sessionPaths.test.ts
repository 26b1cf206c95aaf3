import { expect, test } from 'vitest'
import { couple, crowd, pair } from '../../machines/flowWalks.ts'
import { followWalk, titled } from '../../machines/flowSubject.ts'
import { FakeNetwork } from '../webrtc/fakeNetwork.ts'
import { SessionDriver } from './sessionDriver.ts'
import { deadlineMs } from '../../deadline.ts'

/** Runs the user paths with real sessions: call machines with fake peers, over a real server. */
test.each(titled({ couple, crowd, pair }))('%s', (_, walk, people) =>
  followWalk(walk, new SessionDriver(people), { timeout: deadlineMs, interval: 5 }),
)

test('sessions whose peers never connect fail the user paths', async () => {
  const ether = new FakeNetwork()
  ether.findPeer = () => undefined
  const [[, walk, people]] = titled({ couple }) as [ReturnType<typeof titled>[number]]
  await expect(followWalk(walk, new SessionDriver(people, ether), { timeout: 500, interval: 5 })).rejects.toThrow(
    'after these steps',
  )
})
