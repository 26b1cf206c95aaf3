import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** One HTTP response. */
export interface HttpResponse {
  status: number
  /** The `Date` header (RFC 9110 §6.6.1) as Unix time in ms; null without a valid one. */
  dateMs: number | null
  /** At most 1 MiB of the body. */
  text: string
}

/** The way to the web port of this machine, if it is not a plain connection to the URL. */
export interface LocalRoute {
  /** The Unix socket to connect to. */
  socketPath?: string
  /** Begins with a header of the PROXY protocol that names no client, as a health check does. */
  hasProxyHeader?: boolean
}

/** §2.1 of the PROXY protocol. */
const proxyHeader = 'PROXY UNKNOWN\r\n'

/** Timeout of one request, in ms. */
const requestTimeoutMs = 5_000
const maxBodyBytes = 1024 * 1024

/**
 * Sends a GET request and follows no redirect. Accepts any certificate: another check judges it. Rejects with the error
 * of the system, or after 5 s.
 */
export const httpGet = (url: string, route?: LocalRoute): Promise<HttpResponse> =>
  new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const request = send(url, {
      // Node ignores `createConnection` with `agent: false`.
      ...(route ? { createConnection: () => openRoute(url, route) } : { agent: false }),
      rejectUnauthorized: false,
      signal: AbortSignal.timeout(requestTimeoutMs),
    })
    request
      .once('response', (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (text.length > maxBodyBytes) response.destroy(new Error('the answer is too long'))
        })
        response.once('error', reject)
        response.once('end', () => {
          const dateMs = Date.parse(response.headers.date ?? '')
          resolve({ status: response.statusCode ?? 0, dateMs: Number.isNaN(dateMs) ? null : dateMs, text })
        })
      })
      .once('error', (error) =>
        reject(
          error.name === 'TimeoutError' || error.name === 'AbortError' ? new Error('no answer within 5 s') : error,
        ),
      )
      .end()
  })

function openRoute(url: string, { socketPath, hasProxyHeader }: LocalRoute): Socket {
  const { protocol, hostname, port } = new URL(url)
  const isHttps = protocol === 'https:'
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = socketPath === undefined ? connect(Number(port) || (isHttps ? 443 : 80), host) : connect(socketPath)
  if (hasProxyHeader) socket.write(proxyHeader)
  if (!isHttps) return socket
  const tls = connectTls({ socket, rejectUnauthorized: false })
  socket.on('error', (error) => tls.destroy(error))
  return tls
}
