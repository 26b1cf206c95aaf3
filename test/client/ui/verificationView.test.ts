import { expect, test } from 'vitest'
import { verificationView, verificationMessage } from '../../../client/ui/verificationView.ts'
import { texts } from '../../../client/i18n/texts.ts'
import { verificationMachine } from '../../../machines/verification/verificationMachine.ts'
import { everyStep, wayTo } from '../../machines/graph.ts'
import { exploration } from '../../machines/verification/verificationMachine.graph.ts'

const steps = [...everyStep(verificationMachine, exploration)]

test('every state of the machine has words for the button and for the panel', () => {
  for (const { after } of steps) {
    expect(texts.verification.buttonStates[verificationView(after)]).toMatch(/^[A-Z]/)
    expect(verificationMessage(after)).toMatchObject({
      title: expect.stringMatching(/\w/) as string,
      advice: expect.stringMatching(/\.$/) as string,
    })
  }
})

test('nothing looks verified but what the person found right on the connection that there is', () => {
  const wrong = steps.find(
    ({ after }) => (verificationView(after) === 'verified') !== after.matches({ active: 'verified' }),
  )
  expect(wrong && wayTo(wrong)).toBeUndefined()
})

test('whoever verified a code hears of each thing that ends it', () => {
  const ended = steps.filter(
    ({ before, event, after }) =>
      verificationView(before) === 'verified' && verificationView(after) !== 'verified' && event.type !== 'user.denied',
  )
  const looks = new Map(ended.map(({ event, after }) => [event.type, verificationView(after)]))
  expect(Object.fromEntries(looks)).toEqual({
    'channel.opened': 'changed',
    'channel.closed': 'changed',
    'exchange.failed': 'unsupported',
    'peer.committed': 'failed',
    'peer.revealed': 'failed',
    'peer.malformed': 'failed',
    'certificate.changed': 'failed',
  })
})
