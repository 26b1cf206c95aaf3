import { expect, test } from 'vitest'
import { verificationView, verificationMessage } from '../../../client/ui/verificationView.ts'
import { verificationTexts } from '../../../client/i18n/verificationTexts.ts'
import { verificationMachine } from '../../../machines/verification/verificationMachine.ts'
import { everyStep, wayTo } from '../../machines/graph.ts'
import { exploration } from '../../machines/verification/verificationMachine.graph.ts'

const steps = [...everyStep(verificationMachine, exploration)]

test('every state of the machine has texts for the button and the panel', () => {
  for (const { after } of steps) {
    expect(verificationTexts.buttonStates[verificationView(after)]).toMatch(/^[A-Z]/)
    expect(verificationMessage(after)).toMatchObject({
      title: expect.stringMatching(/\w/) as string,
      advice: expect.stringMatching(/\.$/) as string,
    })
  }
})

test('only a code confirmed on the current connection is shown as verified', () => {
  const wrong = steps.find(
    ({ after }) => (verificationView(after) === 'verified') !== after.matches({ active: 'verified' }),
  )
  expect(wrong && wayTo(wrong)).toBeUndefined()
})

test('every event that ends a verified state has a message', () => {
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
