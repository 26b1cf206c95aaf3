import { lineUrl, openLine } from '../trpc.ts'
import { openInspector } from './inspector.ts'

/** Shows every room of a server that was started with `--inspect`, to its owner, at that machine. To anybody else the server tells nothing. */
export function inspectRooms(): void {
  const line = openLine({
    url: lineUrl(location), WebSocket,
    onOpen() {
      let show: ReturnType<typeof openInspector> | null = null
      line.client.server.rooms.subscribe(undefined, {
        onStarted: () => { show = openInspector() },
        onData: (told) => show?.(`room ${told.room}`, told.line),
        onError: () => line.close(),
      })
    },
    onClose: () => undefined,
  })
}
