import type { Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { rejections, writeRejection, type Rejection } from '../net/rejection.ts'

/**
 * Answers bytes that Node's HTTP parser rejects with 400 (RFC 9110 §15.5.1) or 431 (RFC 6585 §5).
 * Node does the same without a listener.
 * @param onRejection receives each rejection, for the log
 */
export function rejectMalformedRequests(server: Server, onRejection: (rejection: Rejection) => void): void {
  const responses = new WeakMap<Duplex, ServerResponse>()
  server.on('request', ({ socket }, response) => void responses.set(socket, response))
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const rejection = parserRejection(error)
    const response = responses.get(stream)
    // Within a response, a second one would be body. After it, a proxy could take it for the answer to the next request.
    const isAnswered =
      response !== undefined && response.headersSent && !(response.writableFinished && response.req.complete)
    // After a reset or a failed TLS handshake the client does not read.
    if (!rejection || !stream.writable || isAnswered) return void stream.destroy()
    onRejection(rejection)
    writeRejection(stream, rejection)
  })
}

/** Error codes of llhttp, Node's HTTP parser, begin with HPE_. */
function parserRejection({ code }: NodeJS.ErrnoException): Rejection | null {
  if (code === 'HPE_HEADER_OVERFLOW') return rejections.headersTooLarge
  return code?.startsWith('HPE_') ? rejections.malformed : null
}
