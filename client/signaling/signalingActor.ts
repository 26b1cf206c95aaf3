import { fromCallback } from 'xstate'
import type { SocketFact, SocketOrder } from '../../machines/signaling/signalingEvents.ts'
import type { Code, RoomEvent } from '../../machines/protocol/messages.ts'
import type { IceSource } from '../webrtc/iceServerCache.ts'
import { makeKey } from '../common/randomKey.ts'
import type { Outbox } from './outbox.ts'
import { Reports } from './mediaStateReporter.ts'
import { Stay } from './roomSubscription.ts'
import { type LineParts, openLine } from './trpcSocket.ts'

export interface SocketParts extends Pick<LineParts, 'url' | 'WebSocket' | 'waits'> {
  outbox: Outbox
  ice: IceSource
  /** When a visit is asked for, on a clock that only goes forward. */
  now(): number
}

/** The actor `socket` of machines/signaling/signalingMachine.ts: one WebSocket, from opening it to its end, and the stays that it carries. */
export const socketActor = ({ outbox, ice, now, ...parts }: SocketParts) =>
  fromCallback<SocketOrder, { room: string }, SocketFact>(({ input: { room }, receive, sendBack }) => {
    let stay: Stay | null = null
    /** Leaving and entering anew in one breath: the second must not be undone by the first. */
    let leaving: Promise<void> = Promise.resolve()
    let isOver = false

    const report = (fact: SocketFact): void => {
      if (!isOver) sendBack(fact)
    }
    /** A line that only says its good-byes any more leaves to the next one what is the next one's. */
    const end = (): void => {
      if (isOver) return
      outbox.close()
      ice.attach(null)
      report({ type: 'socket.closed', chance: Math.random() })
    }
    const line = openLine({ ...parts, onOpen, onClose: end })
    const { client } = line
    const reports = new Reports((media) => client.room.report.mutate({ room, media }))

    function onOpen(): void {
      if (isOver) return
      ice.attach(() => client.ice.servers.query())
      void ice.fresh()
      report({ type: 'socket.opened' })
    }

    function onEvent(position: string, event: RoomEvent): void {
      if (event.type !== 'joined') return report({ type: 'news.read', position, news: event })
      ice.note(event)
      report({ type: 'seat.given', position, seat: event })
    }

    function onEnd(code: Code | null): void {
      if (code) report({ type: 'visit.refused', code, chance: Math.random(), key: makeKey() })
      else end()
    }

    function visit(order: Extract<SocketOrder, { type: 'visit' }>): void {
      stay?.stop()
      reports.stop()
      const next = stay = new Stay({ client, room, outbox, now, onEvent, onEnd })
      void leaving.then(() => next.begin(order))
    }

    function leave(): void {
      reports.stop()
      const heard = stay?.leave()
      stay = null
      leaving = leaving.then(async () => {
        if (await heard) report({ type: 'leave.heard' })
      })
    }

    receive((order) => {
      if (order.type === 'visit') visit(order)
      else if (order.type === 'report') reports.say(order.media)
      else if (order.type === 'probe') line.probe(() => report({ type: 'line.proven' }))
      // The page closes: nobody is left to try again, and without it the seat stays for its full grace.
      else if (order.mayReturn) client.room.leave.mutate({ room, mayReturn: true }).catch(() => undefined)
      else leave()
    })

    return () => {
      isOver = true
      outbox.close()
      ice.attach(null)
      reports.stop()
      stay?.stop()
      void leaving.then(() => line.close())
    }
  })
