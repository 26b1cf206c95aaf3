import type { roomMachine } from '../../../machines/room/roomMachine.ts'
import { answerVisitor, ask, identityOf, leaveDoor, setPolicy } from './doorModel.ts'
import { strangerLife } from './guests.ts'
import { endByVisitor, type PreparingVisit, type stepOfVisitor } from './preparationModel.ts'
import { localSdp, relayRules, strangerUfrag } from './preparedModel.ts'
import type { apply, join, sendMessage, ServerModel, ServerStep } from './serverModel.ts'
import type { ServerMove } from './moves.ts'
import type { PreparationStep } from '../../../machines/protocol/messages.ts'

/** The functions of the server model that the stranger calls. */
interface StrangerRules {
  machine: typeof roomMachine
  join: typeof join
  apply: typeof apply
  sendMessage: typeof sendMessage
  stepOfVisitor: typeof stepOfVisitor
  prepares: boolean
}

/** After this time (ms) the stranger leaves the door or its seat. */
const patienceMs = 45_000

const joinKey = 'the key of the stranger'
const identity = identityOf('C', joinKey)

/** Moves of a visitor without a page. Each is a fault, so the budget bounds them. */
export function strangerMoves(rules: StrangerRules, server: ServerModel): ServerMove[] {
  const { visit, stay } = server.stranger
  const make = (text: string, step: () => ServerStep, more: Partial<ServerMove> = {}): ServerMove => ({
    step,
    label: { at: 'server', text: `the stranger ${text}` },
    fault: 'stranger',
    wait: null,
    ...more,
  })
  const wait = { id: 'stranger', delay: patienceMs }
  if (stay) return [make('leaves', () => leave(rules, server), { wait })]
  const moves = [
    make('joins', () => enter(rules, server)),
    make('sends an offer', () =>
      rules.sendMessage(server, null, 1, {
        life: strangerLife,
        nth: 1,
        message: { type: 'offer', connection: 'b1.1', negotiation: 1, sdp: 'v=0' },
      }),
    ),
    make('admits itself', () =>
      answerVisitor(rules.machine, server, null, server.room.context.door.visitor?.id ?? 1, true),
    ),
    make('opens the room', () => setPolicy(rules.machine, server, null, 'open')),
  ]
  if (!visit) {
    const look: ServerStep = {
      server: { ...server, stranger: { visit: { at: null, current: null }, stay: null } },
      broken: [],
    }
    const looks = rules.prepares ? [make('looks at the room', () => look)] : []
    return [make('asks', () => knock(rules, server)), ...looks, ...moves]
  }
  if (rules.prepares)
    moves.push(
      make('requests an attempt', () => prepare(rules, server, { type: 'request' })),
      make('answers the offer', () => {
        const id = server.offer?.id ?? 1
        return prepare(rules, server, {
          type: 'answer',
          id,
          sdp: relayRules.toRelayDescription(localSdp(strangerUfrag)),
        })
      }),
    )
  const end = (isGone: boolean): ServerStep => {
    const ended = endByVisitor(rules.machine, server, preparingVisit(visit))
    const { server: after, broken } = leaveDoor(rules.machine, ended.server, visit.at, isGone)
    return { server: { ...after, stranger: { visit: null, stay: null } }, broken: [...ended.broken, ...broken] }
  }
  return [make('cancels', () => end(true), { wait }), make('loses its socket', () => end(false)), ...moves]
}

const preparingVisit = ({ at, current }: NonNullable<ServerModel['stranger']['visit']>): PreparingVisit => ({
  keyHash: at === null ? null : identity.keyHash,
  source: identity.source,
  current,
})

function prepare(rules: StrangerRules, before: ServerModel, step: PreparationStep): ServerStep {
  const { visit } = before.stranger
  if (!visit) return { server: before, broken: [] }
  const { server, broken, current } = rules.stepOfVisitor(
    rules.machine,
    relayRules,
    before,
    preparingVisit(visit),
    step,
    'C',
  )
  return { server: { ...server, stranger: { ...server.stranger, visit: { ...visit, current } } }, broken }
}

function knock({ machine }: StrangerRules, before: ServerModel): ServerStep {
  const { server, broken, visit } = ask(machine, before, identity, 'Cleo')
  return { server: { ...server, stranger: { visit: { at: visit, current: null }, stay: null } }, broken }
}

/** Joins with the key of its request. The visit ends with the seat. */
function enter({ machine, join: enterRoom }: StrangerRules, before: ServerModel): ServerStep {
  if (before.room.value !== 'created') return { server: before, broken: [] }
  const { server, broken, stay } = enterRoom(machine, before, {
    type: 'join',
    subscription: 1,
    joinKey,
    token: null,
    lastEventId: null,
    mediaFlow: 'stopped',
    preparation: before.stranger.visit?.current ?? null,
  })
  return stay ? { server: { ...server, stranger: { visit: null, stay } }, broken } : { server, broken }
}

function leave({ machine, apply: applyTo }: StrangerRules, before: ServerModel): ServerStep {
  const { stay } = before.stranger
  if (!stay) return { server: before, broken: [] }
  const { server, broken } = applyTo(machine, before, { type: 'holder.left', seat: stay.seat, epoch: stay.epoch }, stay)
  // A newer holder may have the seat: then this one left it before.
  return { server: { ...server, stranger: { visit: null, stay: null } }, broken }
}
