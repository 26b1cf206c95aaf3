import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface HttpResponse {
  status: number
  headers: Record<string, string | undefined>
  text: string
}

/**
 * Sends one HTTP request. `fetch` would decompress the body and forbid a `Host` header. Over https any certificate is
 * accepted.
 */
export function httpGet(
  url: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<HttpResponse> {
  const { hostname, port, protocol } = new URL(url)
  const request = protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers, method, rejectUnauthorized: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as HttpResponse['headers'],
          text: Buffer.concat(chunks).toString(),
        }),
      )
    })
      .on('error', reject)
      .end()
  })
}
