import { fromCallback } from 'xstate'
import type { ConnectionFact, ConnectionInput, ConnectionOrder } from '../machines/call.facts.ts'
import { Peer, type PeerParts } from './peer.ts'

/** The actor `connection` of machines/call.ts: one RTCPeerConnection. */
export const connectionActor = (parts: PeerParts) =>
  fromCallback<ConnectionOrder, ConnectionInput, ConnectionFact>(({ input, receive, sendBack }) => {
    const peer = new Peer(parts, input, sendBack)
    receive((order) => peer.obey(order))
    return () => peer.close()
  })
