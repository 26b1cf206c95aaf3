import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** One HTTP response. */
export interface HttpResponse {
  status: number
  /** The `Date` header (RFC 9110 §6.6.1) as Unix time in ms; null without a valid one. */
  dateMs: number | null
  /** At most 1 MiB of the body. */
  text: string
}

/** Timeout of one request, in ms. */
const requestTimeoutMs = 5_000
const maxBodyBytes = 1024 * 1024

/**
 * Sends a GET request and follows no redirect. Accepts any certificate: another check judges it. Rejects with the error
 * of the system, or after 5 s.
 */
export const httpGet = (url: string): Promise<HttpResponse> =>
  new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const request = send(url, {
      agent: false,
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
