import { randomBytes } from 'node:crypto'

/** A received event that the bench handles. */
export type ReceivedEvent =
  { type: 'entered' } | { type: 'acknowledged'; n: number } | { type: 'message' } | { type: 'reply'; text: string }

/**
 * The protocol of each server, on a bare socket. The client then costs the same for every server, so the servers
 * are compared. Each dialect parses what it receives, as a real client does.
 */
export interface Dialect {
  url(port: number, room: string): string
  /** Sent as soon as the socket is open. */
  encodeJoin(room: string): string | null
  encodeMessage(room: string, n: number, message: object): string
  decode(text: string, room: string): ReceivedEvent | null
}

/** Larger than any message number, so that an acknowledgement never matches it. */
const joinId = 1_000_000_000

/** The protocol of each server under test. */
export const dialects = {
  ws: {
    url: (port, room) => `ws://127.0.0.1:${port}/${room}`,
    encodeJoin: () => null,
    encodeMessage: (_, n, message) => JSON.stringify({ id: n, message }),
    decode(text) {
      const { id, message, joined } = JSON.parse(text) as { id?: number; message?: object; joined?: boolean }
      if (joined) return { type: 'entered' }
      if (message) return { type: 'message' }
      return id === undefined ? null : { type: 'acknowledged', n: id }
    },
  },

  socketio: {
    url: (port) => `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`,
    encodeJoin: () => null,
    encodeMessage: (room, n, message) => `42${n}${JSON.stringify(['say', room, message])}`,
    // engine.io's digit (0 open, 2 ping, 4 message), then socket.io's (0 connected, 2 event, 3 acknowledged).
    decode(text, room) {
      if (text.startsWith('43')) return decodeAcknowledgement(text)
      if (text.startsWith('42')) return JSON.parse(text.slice(2)) ? { type: 'message' } : null
      if (text.startsWith('40')) return { type: 'reply', text: `420${JSON.stringify(['join', room])}` }
      if (text.startsWith('0')) return { type: 'reply', text: '40' }
      return text === '2' ? { type: 'reply', text: '3' } : null
    },
  },

  duet: {
    url: (port) => `ws://127.0.0.1:${port}/trpc`,
    encodeJoin: (room) =>
      JSON.stringify({
        id: joinId,
        method: 'subscription',
        // As a page joins (client/signaling/roomSubscription.ts).
        params: {
          path: 'room.join',
          input: { protocol: 1, room, joinKey: newKey(), mediaFlow: 'stopped', requestedAt: 1, includeTrace: true },
        },
      }),
    encodeMessage: (room, n, message) =>
      JSON.stringify({ id: n, method: 'mutation', params: { path: 'room.send', input: { room, seq: n, message } } }),
    decode(text) {
      if (text === 'PING') return { type: 'reply', text: 'PONG' }
      const { id, result, error } = JSON.parse(text) as TrpcFrame
      if (error) throw new Error(`rejected: ${JSON.stringify(error)}`)
      if (id !== joinId) return { type: 'acknowledged', n: id }
      const event = result?.data?.data?.type
      if (event === 'joined') return { type: 'entered' }
      return event === 'message' ? { type: 'message' } : null
    },
  },
} as const satisfies Record<string, Dialect>

export type DialectName = keyof typeof dialects

interface TrpcFrame {
  id: number
  result?: { data?: { data?: { type?: string } } }
  error?: object
}

const newKey = (): string => randomBytes(32).toString('base64url')

/** Parses `43`, the number and the arguments: `4317[]`. Number 0 acknowledges the join. */
function decodeAcknowledgement(text: string): ReceivedEvent {
  const n = parseInt(text.slice(2), 10)
  return n === 0 ? { type: 'entered' } : { type: 'acknowledged', n }
}
