import { createTRPCClient, type TRPCClient, TRPCClientError } from '@trpc/client'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { apiPath, roomApiPath } from '../../machines/protocol/apiPath.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { ErrorCode } from '../../machines/protocol/messages.ts'
import { appPath } from '../common/basePath.ts'
import type { AppRouter } from '../../server/api/router.ts'
import { ImmediateTrpcLink } from './immediateTrpcLink.ts'

/** One WebSocket that speaks tRPC. It never reconnects: machines/signaling/signalingMachine.ts opens the next one. */
export interface TrpcSocket {
  readonly client: TRPCClient<AppRouter>
  /**
   * Pings the server with the shorter timeout `probeTimeoutMs`. Calls `onAlive` at the next message. A second call
   * during a probe does nothing.
   */
  probe(onAlive: () => void): void
  /** Closes the socket. Pending calls fail. */
  close(): void
}

/** The address of a socket, its timeouts and its listeners. */
export interface TrpcSocketParts {
  url: string
  WebSocket: typeof WebSocket
  /** The ping interval and the pong timeouts, in ms; `probeTimeoutMs` applies after `probe`. */
  pingTimeouts?: { clientPingIntervalMs: number; clientPongTimeoutMs: number; probeTimeoutMs: number }
  onOpen(): void
  /** Called at most once, and not after `close`. */
  onClose(): void
}

/** Opens a WebSocket to `url`. Pings keep it alive; a missing pong closes it. */
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

  /** Any message shows that the server is alive, so the next ping is postponed. */
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
   * Does not wait for the event `close` of an abandoned socket. That event follows the server's close frame. On a dead
   * connection it comes after 60 s (Chromium) or 20 s (Firefox).
   */
  function onSocketClose(): void {
    close()
    onClose()
  }

  socket.addEventListener('open', onSocketOpen, { signal })
  socket.addEventListener('message', onMessage, { signal })
  socket.addEventListener('close', onSocketClose, { signal })
  // The event `close` follows. Without a listener the `ws` package in Node's tests would throw.
  socket.addEventListener('error', () => undefined)
  return { client: createTRPCClient<AppRouter>({ links: [link.trpcLink] }), probe, close }
}

/** Returns the stable code of an API error; null if the server sent no response. */
export function parseErrorCode(error: unknown): ErrorCode | null {
  return error instanceof TRPCClientError ? ((error as TRPCClientError<AppRouter>).data?.code ?? null) : null
}

/**
 * Returns the address of the signaling API on the server of this page.
 * @param room the canonical room name (roomName.ts); null for a page without a room
 */
export const trpcUrl = ({ protocol, host }: Pick<Location, 'protocol' | 'host'>, room: string | null): string =>
  `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${appPath(room === null ? apiPath : roomApiPath(hashHex(room)))}`

/** Unlike `crypto.subtle`, this hash is synchronous, so the first connection does not wait. */
const hashHex = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)))
