import { type SnapshotFrom, transition } from 'xstate'
import { room as machine, type RoomEffect, type RoomFact } from '../../../machines/room/roomMachine.ts'
import { seatOf } from '../../../machines/room/seats.ts'
import { timers } from '../../../machines/protocol/timeouts.ts'
import type { RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'
import { type ArrivalFact, entranceOf, factOf } from '../../../server/rooms/admission.ts'
import { codeOf } from '../../../server/common/apiError.ts'
import { hashOf } from '../../../server/rooms/tokens.ts'
import { type Heard, newKey } from '../../server/people.ts'
import { openWorld } from '../../server/world.ts'
import { beginning } from '../graph.ts'
import type { Asked, Inn, Stay } from '../visitor.ts'

const name = 'blue-door'

/** A room's machine, and mailboxes that lose nothing. */
export class PureInn implements Inn {
  readonly #machine: typeof machine
  #room: SnapshotFrom<typeof machine>
  #now = 0
  readonly #mail: Record<SeatName, RoomEvent[]> = { a: [], b: [] }
  readonly #listeners: Partial<Record<SeatName, (heard: Heard) => void>> = {}

  constructor(own = machine) {
    this.#machine = own
    this.#room = beginning(own)
  }

  enter({ key, token, lastEventId }: Asked, hear: (heard: Heard) => void): Stay {
    const [input, fresh] = [{ room: name, key, token, lastEventId, asked: 0 }, newKey()]
    const fact = this.#decide(input, fresh, hear)
    if (!fact) return { knock: done, report: done, leave: done, vanish: done }
    const ends = { a: this.#mail.a.length, b: this.#mail.b.length }
    this.#apply(fact)
    const seat = seatOf(this.#room.context, hashOf(fresh)) ?? 'a'
    const mark = { epoch: 'e', from: 0, to: ends[seat], said: 0 }
    const { joined, from, stay: { epoch } } = entranceOf(this.#room, input, fresh, fact, mark)
    hear({ id: `e.${from?.n}`, event: { ...joined, iceServers: [], lifetimeMs: 0 } })
    this.#mail[seat].slice(from?.n).forEach((event, n) => hear({ id: `e.${(from?.n ?? 0) + n + 1}`, event }))
    this.#listeners[seat] = hear
    return {
      knock: done,
      report: async (media) => this.#apply({ type: media === 'flowing' ? 'media.flowed' : 'media.stopped', seat, epoch }),
      leave: async (mayReturn) => {
        if (!mayReturn) delete this.#listeners[seat]
        this.#apply({ type: mayReturn ? 'page.closed' : 'holder.left', seat, epoch })
      },
      vanish: async () => {
        delete this.#listeners[seat]
        this.#apply({ type: 'socket.closed', seat, epoch, at: this.#now })
      },
    }
  }

  async pass(): Promise<void> {
    this.#now += timers.grace
    this.#apply({ type: 'time.passed', at: this.#now })
  }

  end = done

  #decide(input: Parameters<typeof factOf>[1], token: string, hear: (heard: Heard) => void): ArrivalFact | null {
    try {
      return factOf(this.#room, input, { isWelcome: true, claim: null, isFormer: false, at: this.#now, issue: () => hashOf(token) })
    } catch (error) {
      hear({ refused: codeOf(error as never) })
      return null
    }
  }

  #tell({ seat, event }: Extract<RoomEffect, { type: 'told' }>): void {
    const n = this.#mail[seat].push(event)
    this.#listeners[seat]?.({ id: `e.${n}`, event })
  }

  #apply(fact: RoomFact): void {
    const [room, actions] = transition(this.#machine, this.#room, fact)
    this.#room = room
    for (const { type, params } of actions as unknown as { type: string; params: { event: RoomEffect } }[]) {
      if (type !== 'xstate.emit') continue
      const { event } = params
      if (event.type === 'freed') this.#mail[event.seat] = []
      else this.#tell(event)
    }
  }
}

/** A server of its own. */
export async function openInn(): Promise<Inn> {
  const world = await openWorld({ limits: { serverPing: 1e9, messageBurst: 1e9 }, throttle: { failures: 1e9 } })
  const seen = { 'socket.closed': 0, 'time.passed': 0 }
  const logged = (message: keyof typeof seen): Promise<void> => world.logged(message, ++seen[message])
  return {
    enter({ key, token, lastEventId }, hear) {
      const person = world.person()
      const visit = person.visit(name, { key, ...(token && { token }), ...(lastEventId && { lastEventId }) })
      void (async () => { for (;;) hear(await visit.next()) })()
      return {
        knock: async () => void await person.trpc.ice.servers.query(),
        report: (media) => visit.report(media),
        leave: (mayReturn) => visit.leave(mayReturn),
        async vanish() {
          await person.vanish()
          await logged('socket.closed')
        },
      }
    },
    async pass() {
      world.clock.pass(timers.grace)
      await logged('time.passed')
    },
    end: () => world.end(),
  }
}

async function done(): Promise<void> {}
