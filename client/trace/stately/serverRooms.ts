import { trpcUrl, openTrpcSocket } from '../../signaling/trpcSocket.ts'
import type { StatelyInspector } from './inspector.ts'

/**
 * Shows every room of a server started with `--inspect`. The server rejects untrusted clients. Returns its stop
 * function.
 * @param onAllowed called when the server accepts the subscription
 */
export function inspectRooms({ show }: StatelyInspector, onAllowed: () => void): () => void {
  const socket = openTrpcSocket({
    url: trpcUrl(location, null),
    WebSocket,
    onOpen() {
      socket.client.server.rooms.subscribe(undefined, {
        onStarted: onAllowed,
        onData: (update) => show(`room ${update.room}`, update.entry),
        onError: () => socket.close(),
      })
    },
    onClose: () => undefined,
  })
  return () => socket.close()
}
