import { getMessageTraits } from '../messageTraits.ts'
import type { PeerMessage, SeatName } from '../messages.ts'
import type { TraceEntry } from '../traceEntry.ts'
import { createTraceEntry } from './sanitize.ts'

/**
 * Returns the trace entry of a message that the server relayed: its type and negotiation, without its content. A page
 * creates it itself when a message arrives or is acknowledged. From the server, two entries of each message doubled
 * the cost of relaying it.
 * @param seat of the sender
 * @param state of the room
 * @returns null for a message about traces: each entry would cause another
 */
export const createRelayEntry = (message: PeerMessage, seat: SeatName, state: string): TraceEntry | null =>
  getMessageTraits(message).isAboutTraces
    ? null
    : createTraceEntry({
        atMs: 0,
        place: 'server',
        machine: 'room',
        event: { ...message, seat, type: `${message.type}.relayed` },
        state,
      })
