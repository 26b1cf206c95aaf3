import type { Socket } from 'node:net'
import { setReadTimeout } from '../common/clock.ts'

/**
 * Reads the first bytes of a connection, unshifts them and pauses the socket. Closes a connection that ends, fails or
 * times out before that.
 * @param read returns undefined while the bytes are too few
 * @param use called once, with the result of `read`
 */
export function peekFirstBytes<Result>(
  socket: Socket,
  timeoutMs: number,
  read: (bytes: Buffer) => Result | undefined,
  use: (result: Result) => void,
): void {
  const chunks: Buffer[] = []
  const end = (): void => void socket.destroy()
  const stopTimer = setReadTimeout(timeoutMs, end)
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    const result = read(bytes)
    if (result === undefined) return
    stop()
    socket.pause()
    socket.unshift(bytes)
    use(result)
  }
  const stop = (): void => {
    stopTimer()
    socket.off('data', onData).off('end', end).off('error', end).off('close', stop)
  }
  socket.on('data', onData).on('end', end).on('error', end).on('close', stop)
}
