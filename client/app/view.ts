import type { SnapshotFrom } from 'xstate'
import type { call } from '../../machines/call/callMachine.ts'
import type { visit } from '../../machines/membership/membershipMachine.ts'

/** What a room's page shows. */
export type Scene = 'lobby' | 'entering' | 'waiting' | 'connecting' | 'call' | 'asked' | 'ended' | 'refused' | 'elsewhere' | 'left'

export function sceneOf(visiting: SnapshotFrom<typeof visit>, calling: SnapshotFrom<typeof call>): Scene {
  if (visiting.matches('lobby')) return 'lobby'
  if (visiting.matches('entering')) return 'entering'
  if (visiting.matches({ outside: 'refused' })) return 'refused'
  if (visiting.matches({ outside: 'elsewhere' })) return 'elsewhere'
  if (visiting.matches('outside')) return 'left'
  if (calling.matches('connected')) return 'call'
  if (calling.matches('unproven')) return 'asked'
  if (calling.matches('hangup')) return 'ended'
  return visiting.context.peer === 'absent' ? 'waiting' : 'connecting'
}

/** The name of a machine's outermost state, whatever is inside. */
export const topOf = (value: string | object): string => (typeof value === 'string' ? value : (Object.keys(value)[0] ?? ''))
