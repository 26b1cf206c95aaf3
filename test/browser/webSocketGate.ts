import type { BrowserUser } from './browserUser.ts'
import type { ChromiumTab } from './chromium.ts'

/** Controls whether the WebSockets of one page reach the server. */
export interface WebSocketGate {
  /** Closes the open WebSockets and blocks new ones. */
  cut(): void
  restore(): void
}

/** Intercepts the WebSockets of a page. Call it before the page is opened. */
export async function interceptWebSockets({ tab }: BrowserUser<ChromiumTab>): Promise<WebSocketGate> {
  const sockets: { close(): Promise<void> }[] = []
  let isCut = false
  await tab.page.routeWebSocket(/trpc/, (socket) => {
    sockets.push(socket)
    if (!isCut) socket.connectToServer()
  })
  const closeAll = (): void => {
    for (const line of sockets.splice(0)) void line.close()
  }
  return {
    cut() {
      isCut = true
      closeAll()
    },
    restore() {
      isCut = false
      closeAll()
    },
  }
}
