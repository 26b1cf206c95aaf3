import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import { isWithin, transitionsHandledIn } from '../../../../client/pages/statecharts/edges.ts'
import { chartedMachines } from '../../../../client/pages/statecharts/drawings.ts'
import { type Branch, Sandbox } from '../../../../client/pages/statecharts/sandbox/sandbox.ts'
import { type MachineName, splitStates } from '../../../../machines/protocol/traceEntry.ts'
import { formatState } from '../../../../machines/protocol/trace/sanitize.ts'
import { createStatechart, type Statechart } from '../../../../machines/statechart.ts'
import { exploration as microphoneHint } from '../../../machines/audio/microphoneHintMachine.graph.ts'
import { exploration as pushToTalk } from '../../../machines/audio/pushToTalkMachine.graph.ts'
import { exploration as call } from '../../../machines/call/callMachine.graph.ts'
import { exploration as chat } from '../../../machines/chat/chatMachine.graph.ts'
import { type Exploration, stepsInTurn } from '../../../machines/graph.ts'
import { explorationOf } from '../../../machines/media/deviceMachine.graph.ts'
import { exploration as membership } from '../../../machines/membership/membershipMachine.graph.ts'
import { exploration as preparation } from '../../../machines/preparation/preparationMachine.graph.ts'
import {
  doorExploration,
  exploration as room,
  formerExploration,
  preparationExploration,
} from '../../../machines/room/roomMachine.graph.ts'
import { exploration as signaling } from '../../../machines/signaling/signalingMachine.graph.ts'
import { exploration as quality } from '../../../machines/status/qualityMachine.graph.ts'
import { exploration as statusBanner } from '../../../machines/status/statusBannerMachine.graph.ts'
import { explorationOf as explorationOfTransfer } from '../../../machines/transfer/transferMachine.graph.ts'
import { exploration as verification } from '../../../machines/verification/verificationMachine.graph.ts'

/** The path lists of each machine. */
const explorations = {
  room: [room, doorExploration, formerExploration, preparationExploration],
  membership: [membership],
  signaling: [signaling],
  call: [call],
  verification: [verification],
  device: [explorationOf('camera'), explorationOf('screen')],
  statusBanner: [statusBanner],
  quality: [quality],
  preparation: [preparation],
  chat: [chat],
  microphoneHint: [microphoneHint],
  pushToTalk: [pushToTalk],
  transfer: [
    explorationOfTransfer('sender'),
    explorationOfTransfer('sender', true),
    explorationOfTransfer('receiver', true),
  ],
} satisfies Record<MachineName, unknown[]> as unknown as Record<MachineName, Exploration<AnyStateMachine>[]>

const machines = Object.entries(chartedMachines) as [MachineName, AnyStateMachine][]

/** The steps end when they have taken every transition, because all 360,000 steps of the call take half a minute. */
test.each(machines)('the sandbox of %s offers and takes exactly the transitions of the graph', (name, machine) => {
  const chart = createStatechart(machine)
  const sandbox = new Sandbox(machine, chart, explorations[name][0]?.input)
  const untaken = new Set(chart.transitions.keys())
  const checked = new Set<string>()

  for (const { before, event, after } of stepsInTurn(machine, explorations[name])) {
    const leaves = activeLeaves(chart, before)
    if (!checked.has(leaves.join())) {
      checked.add(leaves.join())
      const offered = new Set(sandbox.offeredEvents({ snapshot: before, timers: [] }).map((each) => each.name))
      expect(offered).toEqual(handledEvents(chart, leaves))
    }
    const branches = sandbox.branches(before, event)
    const step = sandbox.send({ snapshot: before, timers: [] }, event)
    // `expect` is slow for 10,000 comparisons.
    const found = [branches.filter(({ isTaken }) => isTaken), step.snapshot.value, step.snapshot.context]
    const wanted = [findTaken(branches, chart, leaves), after.value, after.context]
    if (!isDeepStrictEqual(found, wanted)) expect(found, JSON.stringify(event)).toEqual(wanted)
    for (const transition of step.transitions) untaken.delete(transition)
    if (untaken.size === 0) break
  }
  expect([...untaken].map((index) => chart.transitions[index])).toEqual([])
})

/** The ids of the innermost active states. */
const activeLeaves = (chart: Statechart, snapshot: AnyMachineSnapshot): string[] =>
  splitStates(formatState(snapshot.value as string)).map((path) => `${chart.machine}.${path}`)

/** The events that the chart handles in these states. */
const handledEvents = (chart: Statechart, leaves: readonly string[]): Set<string> =>
  new Set(
    leaves
      .flatMap((leaf) => transitionsHandledIn(chart, leaf))
      .map(({ event }) => event)
      .filter((event) => event !== 'always'),
  )

/** In each region the first branch whose guard holds. */
function findTaken(branches: readonly Branch[], { transitions }: Statechart, leaves: readonly string[]): Branch[] {
  const taken = leaves.map((leaf) =>
    branches.find(
      ({ transition, guard }) =>
        isWithin(leaf, transitions[transition]!.from) && (guard === null || guard.isTrue === true),
    ),
  )
  return branches.filter((branch) => taken.includes(branch))
}
