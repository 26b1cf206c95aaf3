import { expect, test } from 'vitest'
import { lookOf, wordsFor } from '../../../client/ui/verificationView.ts'
import { texts } from '../../../client/i18n/texts.ts'
import { safety } from '../../../machines/verification/verificationMachine.ts'
import { everyStep, wayTo } from '../../machines/graph.ts'
import { exploration } from '../../machines/verification/verificationMachine.graph.ts'

const steps = [...everyStep(safety, exploration)]

test('every state of the machine has words for the button and for the panel', () => {
  for (const { after } of steps) {
    expect(texts.safety.states[lookOf(after)]).toMatch(/^[A-Z]/)
    expect(wordsFor(after)).toMatchObject({ title: expect.stringMatching(/\w/) as string, advice: expect.stringMatching(/\.$/) as string })
  }
})

test('nothing looks verified but what the person found right on the connection that there is', () => {
  const wrong = steps.find(({ after }) => (lookOf(after) === 'verified') !== after.matches({ talking: 'verified' }))
  expect(wrong && wayTo(wrong)).toBeUndefined()
})

test('whoever verified a code hears of each thing that ends it', () => {
  const ended = steps.filter(({ before, event, after }) => lookOf(before) === 'verified' && lookOf(after) !== 'verified' && event.type !== 'user.denied')
  const looks = new Map(ended.map(({ event, after }) => [event.type, lookOf(after)]))
  expect(Object.fromEntries(looks)).toEqual({
    'channel.opened': 'changed', 'channel.closed': 'changed', 'exchange.broke': 'unsupported',
    'peer.committed': 'broken', 'peer.revealed': 'broken', 'peer.garbled': 'broken', 'certificate.changed': 'broken',
  })
})
