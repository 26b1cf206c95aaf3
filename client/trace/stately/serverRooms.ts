import { trpcUrl, openTrpcSocket } from '../../signaling/trpcSocket.ts'
import type { StatelyInspector } from './inspector.ts'

/**
 * Shows every room of a server that was started with `--inspect`. The server sends nothing to clients that it does not trust.
 * @param onAllowed called when the server accepts the subscription. Returns its undo.
 */
export function inspectRooms({ show }: StatelyInspector, onAllowed: () => void): () => void {
  const socket = openTrpcSocket({
    url: trpcUrl(location),
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
