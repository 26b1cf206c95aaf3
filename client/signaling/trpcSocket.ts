import { createTRPCClient, type TRPCClient, TRPCClientError } from '@trpc/client'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { ErrorCode } from '../../machines/protocol/messages.ts'
import type { AppRouter } from '../../server/api/router.ts'
import { ImmediateTrpcLink } from './immediateTrpcLink.ts'

/** One WebSocket that speaks tRPC. When it dies it stays dead: opening the next is machines/signaling/signalingMachine.ts' business. */
export interface TrpcSocket {
  readonly client: TRPCClient<AppRouter>
  /** Asks the server whether it is there, and waits less long than otherwise. Calls as soon as anything comes. */
  probe(onAlive: () => void): void
  close(): void
}

export interface TrpcSocketParts {
  url: string
  WebSocket: typeof WebSocket
  /** The ping interval, and how long a pong may take, also after `probe`. */
  pingTimeouts?: { clientPingIntervalMs: number; clientPongTimeoutMs: number; probeTimeoutMs: number }
  onOpen(): void
  /** At most once, and not after `close`. */
  onClose(): void
}

export function openTrpcSocket({
  url,
  WebSocket,
  pingTimeouts = timeouts,
  onOpen,
  onClose,
}: TrpcSocketParts): TrpcSocket {
  const socket = new WebSocket(url)
  const link = new ImmediateTrpcLink((frame) => {
    if (socket.readyState === socket.OPEN) socket.send(frame)
  })
  const stop = new AbortController()
  const { signal } = stop
  let timer: ReturnType<typeof setTimeout> | undefined
  let onAlive: (() => void) | null = null

  function onSocketOpen(): void {
    link.open()
    schedulePing()
    onOpen()
  }

  function onMessage({ data }: MessageEvent): void {
    schedulePing()
    reportAlive()
    if (data === 'PING') socket.send('PONG')
    else if (data !== 'PONG') link.receive(String(data))
  }

  /** Any message shows that the server is there, so the next ping is postponed. */
  function schedulePing(): void {
    clearTimeout(timer)
    timer = setTimeout(() => ping(pingTimeouts.clientPongTimeoutMs), pingTimeouts.clientPingIntervalMs)
  }

  function ping(timeoutMs: number): void {
    clearTimeout(timer)
    socket.send('PING')
    timer = setTimeout(onSocketClose, timeoutMs)
  }

  /** A second probe does not extend the first. */
  function probe(callback: () => void): void {
    if (socket.readyState !== socket.OPEN || onAlive) return
    onAlive = callback
    ping(pingTimeouts.probeTimeoutMs)
  }

  function reportAlive(): void {
    const callback = onAlive
    onAlive = null
    callback?.()
  }

  function close(): void {
    clearTimeout(timer)
    stop.abort()
    socket.close()
    link.close()
  }

  /**
   * Does not wait for the event `close` of an abandoned socket: it follows the other side's close frame, on a dead connection
   * after 60 s (Chromium) or 20 s (Firefox).
   */
  function onSocketClose(): void {
    close()
    onClose()
  }

  socket.addEventListener('open', onSocketOpen, { signal })
  socket.addEventListener('message', onMessage, { signal })
  socket.addEventListener('close', onSocketClose, { signal })
  // What follows is the event `close`. Without a listener the `ws` of Node's tests would throw.
  socket.addEventListener('error', () => undefined)
  return { client: createTRPCClient<AppRouter>({ links: [link.trpcLink] }), probe, close }
}

/** The stable code of a refusal; null where there was no answer at all. */
export function parseErrorCode(error: unknown): ErrorCode | null {
  return error instanceof TRPCClientError ? ((error as TRPCClientError<AppRouter>).data?.code ?? null) : null
}

/** The address of the signalling at the server that this page came from. */
export const trpcUrl = ({ protocol, host }: Location): string =>
  `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/trpc`
