import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The slowest files, slowest first. Short files come last, so no core waits for another. */
const longestFiles = [
  'machines/composed/composed.test.ts',
  'contributing.test.ts',
  'turn/net/attacks.test.ts',
  'faults/delivery.entry.test.ts',
  'turn/turnutils.test.ts',
  'faults/attacks.slow.test.ts',
  'machines/room/roomMachine.server.test.ts',
  'machines/call/callMachine.server.test.ts',
  'machines/composed/door.test.ts',
  'machines/call/callMachine.test.ts',
  'server/shutdown.drain.test.ts',
  'client/interleavings/seededFaults.test.ts',
  'faults/canaries.test.ts',
  'client/session/sessionPaths.test.ts',
  'faults/attacks.frames.test.ts',
  'machines/coverage.test.ts',
  'turn/contract.test.ts',
  'turn/engine/attacks.test.ts',
  // Alternates a file that mostly waits with one that paints and encodes.
  'faults/browser/transportLoss.test.ts',
  'browser/screens.test.ts',
  'faults/browser/page.test.ts',
  'faults/browser/negotiation.test.ts',
  'nat/calls.test.ts',
  'browser/check.test.ts',
  'faults/browser/credentials.test.ts',
  'faults/browser/signalingLoss.test.ts',
  'browser/machines.test.ts',
  'browser/userFlows.test.ts',
  'browser/relay.test.ts',
  'browser/safety.test.ts',
]

/** Starts the slowest test files first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => findRank(one) - findRank(other))
  }
}

function findRank({ moduleId }: TestSpecification): number {
  const rank = longestFiles.findIndex((name) => moduleId.endsWith(`/test/${name}`))
  return rank < 0 ? longestFiles.length : rank
}
