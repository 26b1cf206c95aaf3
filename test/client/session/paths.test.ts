import { expect, test } from 'vitest'
import { couple, crowd, pair } from '../../machines/flows.ts'
import { follow, titled } from '../../machines/subject.ts'
import { Ether } from '../webrtc/fakeNetwork.ts'
import { Sessions } from './paths.ts'
import { deadlineMs } from '../../deadline.ts'

/** The paths of what people do, walked by real sessions: call machines with fake peers, over a real server. */
test.each(titled({ couple, crowd, pair }))('%s', (_, walk, people) =>
  follow(walk, new Sessions(people), { timeout: deadlineMs, interval: 5 }))

test('sessions whose peers never meet are found not to do what people see', async () => {
  const ether = new Ether()
  ether.peerOf = () => undefined
  const [[, walk, people]] = titled({ couple }) as [ReturnType<typeof titled>[number]]
  await expect(follow(walk, new Sessions(people, ether), { timeout: 500, interval: 5 })).rejects.toThrow('on the way')
})
