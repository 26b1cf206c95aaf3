import { lineUrl, openLine } from '../../signaling/trpcSocket.ts'
import type { Inspection } from './inspector.ts'

/**
 * Shows every room of a server that was started with `--inspect`. To anybody whom the server does not trust it tells nothing.
 * @param allowed called when the server begins to tell. Returns its undo.
 */
export function inspectRooms({ show }: Inspection, allowed: () => void): () => void {
  const line = openLine({
    url: lineUrl(location), WebSocket,
    onOpen() {
      line.client.server.rooms.subscribe(undefined, {
        onStarted: allowed,
        onData: (told) => show(`room ${told.room}`, told.line),
        onError: () => line.close(),
      })
    },
    onClose: () => undefined,
  })
  return () => line.close()
}
