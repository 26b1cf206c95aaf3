import { createTRPCClient, type TRPCClient, TRPCClientError } from '@trpc/client'
import { timers } from '../../machines/protocol/timeouts.ts'
import type { Code } from '../../machines/protocol/messages.ts'
import type { AppRouter } from '../../server/api/router.ts'
import { Calls } from './immediateTrpcLink.ts'

/** One WebSocket that speaks tRPC. When it dies it stays dead: opening the next is machines/signaling/signalingMachine.ts' business. */
export interface Line {
  readonly client: TRPCClient<AppRouter>
  /** Asks the server whether it is there, and waits less long than otherwise. Calls as soon as anything comes. */
  probe(proven: () => void): void
  close(): void
}

export interface LineParts {
  url: string
  WebSocket: typeof WebSocket
  /** How often the server is asked whether it is there, and how long it may take to say so. */
  waits?: { clientPing: number; clientPatience: number; probePatience: number }
  onOpen(): void
  /** At most once, and not after `close`. */
  onClose(): void
}

export function openLine({ url, WebSocket, waits = timers, onOpen, onClose }: LineParts): Line {
  const socket = new WebSocket(url)
  const calls = new Calls((frame) => { if (socket.readyState === socket.OPEN) socket.send(frame) })
  const stop = new AbortController()
  const { signal } = stop
  let timer: ReturnType<typeof setTimeout> | undefined
  let proven: (() => void) | null = null

  function open(): void {
    calls.open()
    watch()
    onOpen()
  }

  function read({ data }: MessageEvent): void {
    watch()
    prove()
    if (data === 'PING') socket.send('PONG')
    else if (data !== 'PONG') calls.read(String(data))
  }

  /** Whatever comes shows that the server is there. */
  function watch(): void {
    clearTimeout(timer)
    timer = setTimeout(() => ask(waits.clientPatience), waits.clientPing)
  }

  function ask(patience: number): void {
    clearTimeout(timer)
    socket.send('PING')
    timer = setTimeout(end, patience)
  }

  /** One that is asked already is not given more time. */
  function probe(then: () => void): void {
    if (socket.readyState !== socket.OPEN || proven) return
    proven = then
    ask(waits.probePatience)
  }

  function prove(): void {
    const tell = proven
    proven = null
    tell?.()
  }

  function close(): void {
    clearTimeout(timer)
    stop.abort()
    socket.close()
    calls.close()
  }

  /**
   * Nobody waits for the event `close` of a socket that was given up: it comes when the other side agrees, on a dead path
   * after 60 s (Chromium) or 20 s (Firefox).
   */
  function end(): void {
    close()
    onClose()
  }

  socket.addEventListener('open', open, { signal })
  socket.addEventListener('message', read, { signal })
  socket.addEventListener('close', end, { signal })
  // What follows is the event `close`. Without a listener the `ws` of Node's tests would throw.
  socket.addEventListener('error', () => undefined)
  return { client: createTRPCClient<AppRouter>({ links: [calls.link] }), probe, close }
}

/** The stable code of a refusal; null where there was no answer at all. */
export function codeOf(error: unknown): Code | null {
  return error instanceof TRPCClientError ? (error as TRPCClientError<AppRouter>).data?.code ?? null : null
}

/** The address of the signalling at the server that this page came from. */
export const lineUrl = ({ protocol, host }: Location): string => `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/trpc`
