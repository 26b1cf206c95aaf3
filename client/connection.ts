import { fromCallback } from 'xstate'
import type { ConnectionFact, ConnectionOrder } from '../machines/call.facts.ts'
import { Peer, type PeerParts } from './peer.ts'

/** The actor `connection` of machines/call.ts: one RTCPeerConnection. */
export const connectionActor = (parts: PeerParts) =>
  fromCallback<ConnectionOrder, { connection: string }, ConnectionFact>(({ input, receive, sendBack }) => {
    const peer = new Peer(parts, input.connection, sendBack)
    receive((order) => peer.obey(order))
    return () => peer.close()
  })
