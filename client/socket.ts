import { fromCallback } from 'xstate'
import type { SocketFact, SocketOrder } from '../machines/link.ts'
import type { RoomEvent } from '../machines/wire.ts'
import type { IceSource } from './ice.ts'
import { makeKey } from './key.ts'
import type { Outbox } from './outbox.ts'
import { codeOf, type LineParts, openLine } from './trpc.ts'

export interface SocketParts extends Pick<LineParts, 'url' | 'WebSocket' | 'waits'> {
  outbox: Outbox
  ice: IceSource
}

/** How long a good-bye may wait for what was said before it. */
const farewell = 1_000

/** The actor `socket` of machines/link.ts: one WebSocket, from opening it to its end, and the visit that goes over it. */
export const socketActor = ({ outbox, ice, ...parts }: SocketParts) =>
  fromCallback<SocketOrder, { room: string }, SocketFact>(({ input: { room }, receive, sendBack }) => {
    let stopVisit: (() => void) | null = null
    /** Leaving and entering anew in one breath: the second must not be undone by the first. */
    let leaving: Promise<unknown> = Promise.resolve()
    let isIn = false
    let isOver = false

    const report = (fact: SocketFact): void => {
      if (!isOver) sendBack(fact)
    }
    const end = (): void => {
      outbox.close()
      ice.attach(null)
      report({ type: 'socket.closed', chance: Math.random() })
    }
    const line = openLine({ ...parts, onOpen, onClose: end })
    const { client } = line

    function onOpen(): void {
      if (isOver) return
      const fetch = () => client.ice.servers.query()
      ice.attach(fetch)
      fetch().then((config) => ice.note(config), () => undefined)
      report({ type: 'socket.opened' })
    }

    function visit({ key, token, lastEventId }: Extract<SocketOrder, { type: 'visit' }>): void {
      stopVisit?.()
      const subscription = client.room.visit.subscribe({ room, key, token, lastEventId }, {
        onData: ({ id, data }) => read(id, data),
        onError: (error) => refuse(codeOf(error)),
        onComplete: () => { if (stopVisit === stop) end() },
      })
      const stop = (): void => {
        stopVisit = null
        subscription.unsubscribe()
      }
      stopVisit = stop
    }

    function read(position: string, event: RoomEvent): void {
      if (isOver) return
      isIn = true
      if (event.type !== 'joined') return report({ type: 'news.read', position, news: event })
      ice.note(event)
      outbox.open(event, async (n, message) => (await client.room.say.mutate({ room, n, message })).said)
      report({ type: 'seat.given', position, seat: event })
    }

    function refuse(code: ReturnType<typeof codeOf>): void {
      stopVisit = null
      isIn = false
      outbox.close()
      if (code) report({ type: 'visit.refused', code, chance: Math.random(), key: makeKey() })
      else end()
    }

    function leave(): void {
      const [stop, wasIn] = [stopVisit, isIn]
      const said = Promise.race([outbox.settled(), new Promise((resolve) => setTimeout(resolve, farewell))])
      stopVisit = null
      isIn = false
      leaving = said
        .then(() => client.room.leave.mutate({ room }))
        // One who leaves before they are in may still be let in.
        .then(() => { if (wasIn) report({ type: 'leave.heard' }) })
        .catch(() => undefined)
        .then(() => stop?.())
    }

    receive((order) => {
      if (order.type === 'visit') void leaving.then(() => { if (!isOver) visit(order) })
      else if (order.type === 'report') client.room.report.mutate({ room, media: order.media }).catch(() => undefined)
      else if (order.mayReturn) line.shout('room.leave', { room, mayReturn: true })
      else leave()
    })

    return () => {
      isOver = true
      outbox.close()
      ice.attach(null)
      void leaving.then(() => line.close())
    }
  })
