import { createTRPCClient, createWSClient, type TRPCClient, TRPCClientError, wsLink } from '@trpc/client'
import { timers } from '../machines/timers.ts'
import type { Code } from '../machines/wire.ts'
import type { AppRouter } from '../server/router.ts'

/** One WebSocket that speaks tRPC. When it dies it stays dead: opening the next is machines/link.ts' business. */
export interface Line {
  readonly client: TRPCClient<AppRouter>
  /** Sends a mutation at once, without waiting for the answer: a page that closes runs no timer any more. */
  shout(path: string, input: unknown): void
  close(): void
}

export interface LineParts {
  url: string
  WebSocket: typeof WebSocket
  /** How often the server is asked whether it is there, and how long it may take to say so. */
  waits?: { clientPing: number; clientPatience: number }
  onOpen(): void
  /** At most once, and not after `close`. */
  onClose(): void
}

export function openLine({ url, WebSocket: Base, waits = timers, onOpen, onClose }: LineParts): Line {
  let socket: WebSocket | null = null
  let isOver = false
  const end = (): void => {
    if (isOver) return
    isOver = true
    void wsClient.close()
    onClose()
  }
  /**
   * tRPC closes a socket that does not answer its pings. The event `close` comes when the other side agrees: on a dead path
   * after 60 s (Chromium) or 20 s (Firefox). So what is told to close counts as closed.
   */
  class PromptCloseWebSocket extends Base {
    constructor(address: string | URL) {
      super(address)
      socket = this
    }

    override close(code?: number, reason?: string): void {
      super.close(code, reason)
      queueMicrotask(end)
    }
  }
  const wsClient = createWSClient({
    url,
    WebSocket: PromptCloseWebSocket,
    keepAlive: { enabled: true, intervalMs: waits.clientPing, pongTimeoutMs: waits.clientPatience },
    onOpen,
    onClose: end,
  })
  return {
    client: createTRPCClient<AppRouter>({ links: [wsLink({ client: wsClient })] }),
    shout(path, input) {
      if (socket?.readyState !== socket?.OPEN) return
      socket?.send(JSON.stringify({ id: path, method: 'mutation', params: { path, input } }))
    },
    close() {
      isOver = true
      void wsClient.close()
      socket?.close()
    },
  }
}

/** The stable code of a refusal; null where there was no answer at all. */
export function codeOf(error: unknown): Code | null {
  return error instanceof TRPCClientError ? (error as TRPCClientError<AppRouter>).data?.code ?? null : null
}

/** The address of the signalling at the server that this page came from. */
export const lineUrl = ({ protocol, host }: Location): string => `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/trpc`
