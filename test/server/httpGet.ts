import { request } from 'node:http'

export interface HttpResponse {
  status: number
  headers: Record<string, string | undefined>
  text: string
}

/** Sends one HTTP request. `fetch` would decompress the body and forbid a `Host` header. */
export function httpGet(
  url: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<HttpResponse> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers, method }, (response) => {
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
