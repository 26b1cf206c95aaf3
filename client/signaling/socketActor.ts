import { fromCallback } from 'xstate'
import type { SocketCommand, SocketEvent } from '../../machines/signaling/signalingEvents.ts'
import type { ErrorCode, RoomEvent } from '../../machines/protocol/messages.ts'
import type { IceSource } from '../webrtc/iceServerCache.ts'
import { createRandomKey } from '../common/randomKey.ts'
import type { FailureReporter } from './failureReporter.ts'
import type { Outbox } from './outbox.ts'
import { MediaStateReporter } from './mediaStateReporter.ts'
import { RoomSubscription } from './roomSubscription.ts'
import { type TrpcSocketParts, openTrpcSocket, parseErrorCode } from './trpcSocket.ts'

/** Dependencies of `socketActor`. */
export interface SocketParts extends Pick<TrpcSocketParts, 'url' | 'WebSocket' | 'pingTimeouts'> {
  outbox: Outbox
  ice: IceSource
  failureReporter?: FailureReporter
  /** The preparation whose connection is ready; null without one. */
  readyPreparation?(): number | null
  /** The time of the next join request, in ms, on a clock that only increases. */
  now(): number
}

/** The actor `socket` of machines/signaling/signalingMachine.ts: one WebSocket, and the room subscriptions on it. */
export const socketActor = ({ outbox, ice, failureReporter, readyPreparation, now, ...parts }: SocketParts) =>
  fromCallback<SocketCommand, { room: string }, SocketEvent>(({ input: { room }, receive, sendBack }) => {
    let subscription: RoomSubscription | null = null
    /** Pending leave calls. A join right after a leave waits for them. */
    let leaving: Promise<void> = Promise.resolve()
    let isStopped = false
    let visit: { unsubscribe(): void } | null = null

    const report = (event: SocketEvent): void => {
      if (!isStopped) sendBack(event)
    }
    /** A stopped actor leaves outbox and ICE source to its successor. */
    const onClose = (): void => {
      if (isStopped) return
      outbox.close()
      ice.setFetch(null)
      failureReporter?.setSend(null)
      report({ type: 'socket.closed', random: Math.random() })
    }
    const socket = openTrpcSocket({ ...parts, onOpen, onClose })
    const { client } = socket
    const mediaReporter = new MediaStateReporter((mediaFlow) => client.room.reportMedia.mutate({ room, mediaFlow }))

    function onOpen(): void {
      if (isStopped) return
      ice.setFetch(() => client.ice.servers.query())
      failureReporter?.setSend((reason) => client.room.reportFailure.mutate({ room, reason }))
      void ice.fetchServers()
      report({ type: 'socket.opened' })
    }

    function onEvent(position: string, event: RoomEvent): void {
      if (event.type !== 'joined') return report({ type: 'event.received', position, roomEvent: event })
      // Not before: the stop of a visit withdraws an admission that the join needs.
      stopVisit()
      ice.setFromSeat(event)
      report({ type: 'join.accepted', position, seat: event })
    }

    function onEnd(code: ErrorCode | null): void {
      stopVisit()
      if (code) report({ type: 'join.rejected', code, random: Math.random(), joinKey: createRandomKey() })
      else onClose()
    }

    function stopVisit(): void {
      visit?.unsubscribe()
      visit = null
    }

    /** Replaces the visit, and so the request for admission. */
    function startVisit({ ask }: Extract<SocketCommand, { type: 'visit' }>): void {
      stopVisit()
      const next = (visit = client.room.visit.subscribe(
        { protocol: 1, room, ...(ask && { ask }) },
        {
          onData: (view) => {
            if (visit === next) report({ type: 'visit.updated', view })
          },
          onError: (error) => {
            const code = parseErrorCode(error)
            if (visit === next && code) report({ type: 'visit.rejected', code })
          },
        },
      ))
    }

    function join(command: Extract<SocketCommand, { type: 'join' }>): void {
      subscription?.stop()
      mediaReporter.stop()
      const next = (subscription = new RoomSubscription({ client, room, outbox, now, onEvent, onEnd }))
      void leaving.then(() => next.start(command, readyPreparation?.() ?? null))
    }

    function leave(): void {
      mediaReporter.stop()
      const acknowledged = subscription?.leave()
      subscription = null
      leaving = leaving.then(async () => {
        if (await acknowledged) report({ type: 'leave.acknowledged' })
      })
    }

    receive((command) => {
      if (command.type === 'join') join(command)
      else if (command.type === 'visit') startVisit(command)
      else if (command.type === 'visitor.answered') {
        const { visitor, isAdmitted } = command
        client.room.answerVisitor.mutate({ room, visitor, isAdmitted }).catch(() => undefined)
      } else if (command.type === 'preparation.stepped')
        client.room.prepare.mutate({ room, step: command.step }).catch(() => undefined)
      else if (command.type === 'policy.selected')
        client.room.setPolicy.mutate({ room, policy: command.policy }).catch(() => undefined)
      else if (command.type === 'reportMedia') mediaReporter.report(command.mediaFlow)
      else if (command.type === 'probe') socket.probe(() => report({ type: 'signaling.alive' }))
      // The page closes and cannot retry. Without this call the seat would stay for its full grace period.
      else if (command.pageClosing) client.room.leave.mutate({ room, pageClosing: true }).catch(() => undefined)
      else leave()
    })

    return () => {
      isStopped = true
      outbox.close()
      ice.setFetch(null)
      failureReporter?.setSend(null)
      mediaReporter.stop()
      stopVisit()
      subscription?.stop()
      void leaving.then(() => socket.close())
    }
  })
