import { createMachine } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TransferEffect } from '../../../machines/transfer/transferEvents.ts'
import { transferMachine } from '../../../machines/transfer/transferMachine.ts'
import { type Action, breaks, everyStep, type Invariants, type Step, wayTo } from '../graph.ts'
import { explorationOf, type TransferSnapshot } from './transferMachine.graph.ts'

type Machine = typeof transferMachine
type TransferStep = Step<Machine>

const commands = (actions: readonly Action[]): string[] =>
  actions.flatMap(({ type, params }) =>
    type === 'xstate.sendTo' ? [String((params.event as { type?: string } | undefined)?.type)] : [],
  )
const types = (effects: readonly TransferEffect[]): string[] => effects.map(({ type }) => type)
const isSender = ({ context }: TransferSnapshot): boolean => context.side === 'sender'
const hasEnded = ({ status }: TransferSnapshot): boolean => status === 'done'

const invariants: Invariants<Machine> = {
  'nothing is stored before the user accepted the file': ({ before, event, after }) =>
    isSender(before) ||
    !before.matches('offered') ||
    hasEnded(after) ||
    after.matches('offered') ||
    event.type === 'user.accepted',
  'nothing is sent before the peer accepted the file': ({ before, event, actions }) =>
    !commands(actions).includes('send') || (isSender(before) && event.type === 'peer.accepted'),
  'bytes move only while the file is offered on an open channel': ({ before, after }) =>
    isSender(before) || !after.matches('transferring') || after.context.isOffered,
  'each opening repeats the offer of a file that has not ended': ({ before, event, effects }) =>
    !isSender(before) ||
    event.type !== 'channel.opened' ||
    !(before.matches('offered') || before.matches('paused')) ||
    types(effects).includes('offer.due'),
  'a closed channel stops the sender': ({ before, event, after, actions }) =>
    event.type !== 'channel.closed' ||
    !before.matches('transferring') ||
    (after.matches('paused') && commands(actions).includes('pause')),
  'a file is stored only after its hash matched': ({ before, event, after }) =>
    isSender(before) || !after.matches('stored') || (before.matches('checking') && event.type === 'content.verified'),
  'the peer learns of each end that it did not decide': ({ before, event, after, effects }) => {
    const isOwnEnd = (after.matches('cancelled') || after.matches('failed')) && !event.type.startsWith('peer.')
    const isRejected = event.type === 'peer.accepted' && event.offset > before.context.size && after.matches('failed')
    const reason = effects.find((effect) => effect.type === 'cancel.due')?.reason
    return isOwnEnd || isRejected ? reason === after.context.reason : reason === undefined
  },
  'an end without the file has a reason': ({ after }) =>
    (after.matches('cancelled') || after.matches('failed')) === (after.context.reason !== null),
  'a lost sender ends each transfer that lacks bytes': ({ before, event, after }) =>
    event.type !== 'peer.forgot' ||
    isSender(before) ||
    before.matches('checking') ||
    before.matches('transferring') ||
    (after.matches('failed') && after.context.reason === 'reloaded'),
}

describe.each([
  ['sender', [explorationOf('sender')]],
  ['receiver', [explorationOf('receiver'), explorationOf('receiver', true)]],
] as const)('a transfer at the %s', (_side, explorations) => {
  let all: TransferStep[]
  beforeAll(() => {
    all = explorations.flatMap((exploration) => [...everyStep(transferMachine, exploration)])
  })

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = all.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })
})

/** Each machine has one fault; the invariant meant for it must detect the fault. */
describe('the invariants detect a transfer that', () => {
  type Changed = Record<string, { on: Record<string, unknown> }>
  const withStates = (change: (states: Changed) => void): Machine => {
    const { states: original } = transferMachine.config as unknown as { states: Changed }
    const states = Object.fromEntries(
      Object.entries(original).map(([name, state]) => [name, { ...state, on: { ...state.on } }]),
    )
    change(states)
    return createMachine(
      { ...transferMachine.config, states } as never,
      transferMachine.implementations as never,
    ) as never
  }
  const provide = (parts: object): Machine => transferMachine.provide(parts as never) as Machine

  const broken: [what: string, machine: () => Machine, invariant: string][] = [
    [
      'stores every offered file',
      () =>
        withStates(
          ({ offered }) =>
            void (offered!.on['peer.offered'] = { guard: 'isReceiver', target: 'preparing', actions: 'openContent' }),
        ),
      'nothing is stored before the user accepted the file',
    ],
    [
      'sends from the wrong side',
      () => provide({ guards: { isSender: () => true } }),
      'nothing is sent before the peer accepted the file',
    ],
    [
      'accepts on a closed channel',
      () => provide({ guards: { isOffered: () => true } }),
      'bytes move only while the file is offered on an open channel',
    ],
    [
      'offers once',
      () => provide({ actions: { offer: () => undefined } }),
      'each opening repeats the offer of a file that has not ended',
    ],
    [
      'sends into a closed channel',
      () => provide({ actions: { pause: () => undefined } }),
      'a closed channel stops the sender',
    ],
    [
      'trusts the sender',
      () => withStates(({ transferring }) => void (transferring!.on['peer.ended'] = 'stored')),
      'a file is stored only after its hash matched',
    ],
    [
      'fails silently',
      () => provide({ actions: { fail: () => undefined } }),
      'the peer learns of each end that it did not decide',
    ],
    [
      'forgets the reason',
      () => provide({ actions: { endByPeer: () => undefined } }),
      'an end without the file has a reason',
    ],
    [
      'waits for a lost sender',
      () => withStates(({ paused }) => delete paused!.on['peer.forgot']),
      'a lost sender ends each transfer that lacks bytes',
    ],
  ]

  test.each(broken)('%s', (_, machine, invariant) => {
    const explorations = [explorationOf('sender'), explorationOf('receiver'), explorationOf('receiver', true)]
    expect(breaks(machine(), explorations, invariants[invariant]!)).toBe(true)
  })

  test('every invariant is broken by one of these machines', () => {
    expect(Object.keys(invariants).filter((name) => !broken.some(([, , invariant]) => invariant === name))).toEqual([])
  })
})
