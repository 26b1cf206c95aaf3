import { type SnapshotFrom, transition } from 'xstate'
import { roomMachine as machine } from '../../../machines/room/roomMachine.ts'
import type { RoomEffect, RoomMachineEvent } from '../../../machines/room/roomEvents.ts'
import { findSeatByToken } from '../../../machines/room/seats.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'
import { type ArrivalEvent, buildAdmission, admissionEvent } from '../../../server/rooms/admission.ts'
import { toErrorCode } from '../../../server/common/apiError.ts'
import { hashToken } from '../../../server/rooms/tokens.ts'
import { type ReceivedItem, newJoinKey } from '../../server/testClient.ts'
import { openServerFixture } from '../../server/serverFixture.ts'
import { beginning } from '../graph.ts'
import { emittedEvents } from '../stepper.ts'
import type { JoinFields, RoomAdapter, RoomConnection } from '../membershipPage.ts'

const name = 'blue-door'

/** The room's machine with lossless mailboxes. */
export class MachineRoomAdapter implements RoomAdapter {
  readonly #machine: typeof machine
  #room: SnapshotFrom<typeof machine>
  #now = 0
  readonly #mailboxes: Record<SeatName, RoomEvent[]> = { a: [], b: [] }
  readonly #listeners: Partial<Record<SeatName, (item: ReceivedItem) => void>> = {}

  constructor(own = machine) {
    this.#machine = own
    this.#room = beginning(own)
  }

  join({ joinKey, token, lastEventId }: JoinFields, receive: (item: ReceivedItem) => void): RoomConnection {
    const [input, fresh] = [{ room: name, joinKey, token, lastEventId, requestedAt: 0 }, newJoinKey()]
    const fact = this.#decide(input, fresh, receive)
    if (!fact) return { ping: done, report: done, leave: done, dropSocket: done }
    const before = this.#room
    const ends = { a: this.#mailboxes.a.length, b: this.#mailboxes.b.length }
    this.#apply(fact)
    const seat = findSeatByToken(this.#room.context, hashToken(fresh)) ?? 'a'
    const mailbox = { mailboxId: 'e', droppedCount: 0, lastSeq: ends[seat], acked: 0 }
    const {
      joined,
      resumeFrom,
      claim: { epoch },
    } = buildAdmission(this.#room, input, fresh, fact, mailbox, before)
    receive({ id: `e.${resumeFrom?.seq}`, event: { ...joined, iceServers: [], lifetimeMs: 0 } })
    this.#mailboxes[seat]
      .slice(resumeFrom?.seq)
      .forEach((event, n) => receive({ id: `e.${(resumeFrom?.seq ?? 0) + n + 1}`, event }))
    this.#listeners[seat] = receive
    return {
      ping: done,
      report: async (media) =>
        this.#apply({ type: media === 'flowing' ? 'media.started' : 'media.stopped', seat, epoch, at: this.#now }),
      leave: async (pageClosing) => {
        if (!pageClosing) delete this.#listeners[seat]
        this.#apply({ type: pageClosing ? 'page.closing' : 'holder.left', seat, epoch })
      },
      dropSocket: async () => {
        delete this.#listeners[seat]
        this.#apply({ type: 'socket.closed', seat, epoch, at: this.#now })
      },
    }
  }

  async passGrace(): Promise<void> {
    this.#now += timeouts.seatGraceMs
    this.#apply({ type: 'time.passed', at: this.#now })
  }

  end = done

  #decide(
    input: Parameters<typeof admissionEvent>[1],
    token: string,
    receive: (item: ReceivedItem) => void,
  ): ArrivalEvent | null {
    try {
      return admissionEvent(this.#room, input, {
        mayJoin: true,
        mayCreateRoom: true,
        tokenPayload: null,
        hadSeat: false,
        nowMs: this.#now,
        defaultPolicy: 'open',
        issueToken: () => hashToken(token),
      })
    } catch (error) {
      receive({ errorCode: toErrorCode(error as never) })
      return null
    }
  }

  #deliver({ seat, event }: Extract<RoomEffect, { type: 'event.sent' }>): void {
    const n = this.#mailboxes[seat].push(event)
    this.#listeners[seat]?.({ id: `e.${n}`, event })
  }

  #apply(fact: RoomMachineEvent): void {
    const [room, actions] = transition(this.#machine, this.#room, fact)
    this.#room = room
    for (const event of emittedEvents<RoomEffect>(actions)) {
      if (event.type === 'seat.freed') this.#mailboxes[event.seat] = []
      else this.#deliver(event)
    }
  }
}

/** Starts a separate server. */
export async function openServerRoomAdapter(): Promise<RoomAdapter> {
  const fixture = await openServerFixture({
    socketTimeouts: { serverPingIntervalMs: 1e9 },
    limits: { messageBurst: 1e9, failedJoinsPerAddressPerMinute: 1e9, failedJoinsPerSocketPerMinute: 1e9 },
  })
  const seen = { 'socket.closed': 0, 'time.passed': 0 }
  const logged = (message: keyof typeof seen): Promise<void> => fixture.waitForLog(message, ++seen[message])
  return {
    join({ joinKey, token, lastEventId }, receive) {
      const person = fixture.newClient()
      const visit = person.join(name, { joinKey, ...(token && { token }), ...(lastEventId && { lastEventId }) })
      void (async () => {
        for (;;) receive(await visit.next())
      })()
      return {
        ping: async () => void (await person.trpc.ice.servers.query()),
        report: (media) => visit.reportMedia(media),
        leave: (pageClosing) => visit.leave(pageClosing),
        async dropSocket() {
          await person.terminate()
          await logged('socket.closed')
        },
      }
    },
    async passGrace() {
      fixture.clock.advance(timeouts.seatGraceMs)
      await logged('time.passed')
    },
    end: () => fixture.close(),
  }
}

async function done(): Promise<void> {}
