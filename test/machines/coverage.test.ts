import { and, enqueueActions, not, setup } from 'xstate'
import { describe, expect, test } from 'vitest'
import { callMachine } from '../../machines/call/callMachine.ts'
import { deviceMachine } from '../../machines/media/deviceMachine.ts'
import { signalingMachine } from '../../machines/signaling/signalingMachine.ts'
import { statusBannerMachine } from '../../machines/status/statusBannerMachine.ts'
import { chatMachine } from '../../machines/chat/chatMachine.ts'
import { preparationMachine } from '../../machines/preparation/preparationMachine.ts'
import { qualityMachine } from '../../machines/status/qualityMachine.ts'
import { microphoneHintMachine } from '../../machines/audio/microphoneHintMachine.ts'
import { pushToTalkMachine } from '../../machines/audio/pushToTalkMachine.ts'
import { roomMachine } from '../../machines/room/roomMachine.ts'
import { verificationMachine } from '../../machines/verification/verificationMachine.ts'
import { transferMachine } from '../../machines/transfer/transferMachine.ts'
import { membershipMachine } from '../../machines/membership/membershipMachine.ts'
import { exploration as hintExploration } from './audio/microphoneHintMachine.graph.ts'
import { exploration as talkExploration } from './audio/pushToTalkMachine.graph.ts'
import { exploration as callExploration } from './call/callMachine.graph.ts'
import { type Coverage, coverageOf } from './coverage.ts'
import { explorationOf } from './media/deviceMachine.graph.ts'
import { acts, flowOf } from './flow.ts'
import { exploration as linkExploration } from './signaling/signalingMachine.graph.ts'
import { exploration as noticeExploration } from './status/statusBannerMachine.graph.ts'
import { exploration as qualityExploration } from './status/qualityMachine.graph.ts'
import {
  doorExploration,
  exploration as roomExploration,
  formerExploration,
  preparationExploration,
} from './room/roomMachine.graph.ts'
import { exploration as chatExploration, fullExploration } from './chat/chatMachine.graph.ts'
import { exploration as preparedExploration } from './preparation/preparationMachine.graph.ts'
import { exploration as safetyExploration } from './verification/verificationMachine.graph.ts'
import { exploration as visitExploration } from './membership/membershipMachine.graph.ts'
import { explorationOf as transferExploration } from './transfer/transferMachine.graph.ts'
import { explorationOf as walkable } from './walks.ts'

/** Coverage of each machine's explorations. A change of a machine changes its counts here. */
const machines: [name: string, counts: Coverage['counts'], measure: () => Coverage][] = [
  [
    'room',
    { states: 4, transitions: 37, guards: 35 },
    () => coverageOf(roomMachine, roomExploration, doorExploration, formerExploration, preparationExploration),
  ],
  ['membership', { states: 13, transitions: 39, guards: 11 }, () => coverageOf(membershipMachine, visitExploration)],
  ['signaling', { states: 7, transitions: 41, guards: 14 }, () => coverageOf(signalingMachine, linkExploration)],
  ['call', { states: 17, transitions: 155, guards: 82 }, () => coverageOf(callMachine, callExploration)],
  [
    'flow',
    { states: 17, transitions: 45, guards: 32 },
    () => {
      const flow = flowOf({ a: acts, b: ['joins', 'hangsUp'], c: ['joins', 'hangsUp'] })
      return coverageOf(flow, walkable(flow, []))
    },
  ],
  ['verification', { states: 9, transitions: 23, guards: 5 }, () => coverageOf(verificationMachine, safetyExploration)],
  [
    'statusBanner',
    { states: 14, transitions: 31, guards: 5 },
    () => coverageOf(statusBannerMachine, noticeExploration),
  ],
  ['quality', { states: 4, transitions: 10, guards: 8 }, () => coverageOf(qualityMachine, qualityExploration)],
  ['preparation', { states: 6, transitions: 32, guards: 8 }, () => coverageOf(preparationMachine, preparedExploration)],
  ['chat', { states: 4, transitions: 15, guards: 4 }, () => coverageOf(chatMachine, chatExploration, fullExploration)],
  [
    'microphoneHint',
    { states: 9, transitions: 21, guards: 2 },
    () => coverageOf(microphoneHintMachine, hintExploration),
  ],
  ['pushToTalk', { states: 4, transitions: 9, guards: 1 }, () => coverageOf(pushToTalkMachine, talkExploration)],
  [
    'transfer',
    { states: 8, transitions: 29, guards: 22 },
    () =>
      coverageOf(
        transferMachine,
        transferExploration('sender'),
        transferExploration('receiver'),
        transferExploration('receiver', true),
      ),
  ],
  [
    'device',
    { states: 7, transitions: 46, guards: 15 },
    () => coverageOf(deviceMachine, explorationOf('camera'), explorationOf('screen')),
  ],
]

describe('the explorations cover every state, every transition, and both results of every guard', () => {
  test.each(machines)('%s', (_, counts, measure) => {
    expect(measure()).toEqual({ counts, missing: [] })
  })
})

/** A machine of four states with one gap of each kind; each gap must be reported. */
test('coverageOf reports every part that no exploration covers', () => {
  const gaps = setup({
    types: { events: {} as { type: 'on' } | { type: 'off' } | { type: 'never' }, context: {} as { count: number } },
    guards: {
      isYoung: ({ context }) => context.count < 9,
      isOld: ({ context }) => context.count > 9,
      isAny: () => true,
    },
  }).createMachine({
    id: 'gaps',
    context: { count: 0 },
    initial: 'dark',
    states: {
      dark: { on: { on: [{ guard: 'isYoung', target: 'bright' }, { target: 'dark' }], never: 'bright' } },
      bright: {
        entry: enqueueActions(({ check }) => void check('isOld')),
        on: { off: { guard: and(['isAny', not('isOld')]), target: 'dark' }, on: 'broken' },
      },
      broken: { always: { guard: 'isOld', target: 'lost' } },
      lost: {},
    },
  })
  const exploration = {
    key: ({ value }: { value: unknown }) => String(value),
    events: () => [{ type: 'on' }, { type: 'off' }] as const,
  }
  const { counts, missing } = coverageOf(gaps, exploration as never)

  expect(counts).toEqual({ states: 4, transitions: 6, guards: 7 })
  expect(missing).toEqual([
    'gaps.lost',
    'gaps.dark on [1]',
    'gaps.dark never [0]',
    'gaps.broken always [0]',
    'gaps.bright entry check isOld is never true',
    'gaps.dark on [0] isYoung is never false',
    'gaps.bright off [0] (isAny and not(isOld)) is never false',
    'gaps.bright off [0] (isAny and not(isOld)): isAny is never false',
    'gaps.bright off [0] (isAny and not(isOld)): not(isOld) is never false',
    'gaps.bright off [0] (isAny and not(isOld)): not(isOld): isOld is never true',
    'gaps.broken always [0] isOld is never true',
  ])
})
