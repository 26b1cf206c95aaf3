import { readFileSync, rmSync, mkdtempSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { prepareLan } from '../../../server/lan/lanMode.ts'
import { httpGet } from '../httpGet.ts'
import { startServerFixture } from '../serverFixture.ts'

function createState(): string {
  const folder = mkdtempSync(join(tmpdir(), 'duet-lan-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('a device that trusts the authority opens Duet without a warning, and joins a room', async () => {
  const { env, certificate } = prepareLan({ DUET_STATE: createState() })
  const { server, newClient } = await startServerFixture(
    { lanAuthority: certificate.authority },
    env as Record<string, string>,
  )
  expect(server.url).toMatch(/^https:/)
  // As a device gets it: over http, before any warning.
  const { text: ca } = await httpGet(server.url.replace('https', 'http'), '/lan/duet-ca.crt')
  expect(ca).toBe(readFileSync(certificate.authority, 'utf8'))
  const headers = await new Promise<object>((resolve, reject) => {
    get(`https://127.0.0.1:${server.port}/healthz`, { ca, agent: false }, (response) =>
      resolve(response.resume().headers),
    ).on('error', reject)
  })
  expect(headers).not.toHaveProperty('strict-transport-security')
  expect(
    await newClient({ ca, headers: { Origin: server.url } })
      .join('blue-door')
      .joined(),
  ).toMatchObject({ seat: 'a' })
})

test('the page about the warning is at http and https, and shows the fingerprint', async () => {
  const { env, certificate } = prepareLan({ DUET_STATE: createState() })
  const { server } = await startServerFixture({ lanAuthority: certificate.authority }, env as Record<string, string>)
  for (const url of [server.url, server.url.replace('https', 'http')]) {
    const { status, text, headers } = await httpGet(url, '/lan')
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(text.replace('\n', '').replaceAll('\n', '')).toContain(certificate.fingerprint)
  }
  // Everything else leads to https.
  expect((await httpGet(server.url.replace('https', 'http'), '/check')).status).toBe(307)
})

describe('contradictions', () => {
  test.each([
    [{ DUET_STATE: 'off' }, /^--lan keeps its certificate authority in a folder\. Set DUET_STATE/],
    [{ DUET_PUBLIC_URL: 'https://a.example' }, /^--lan .* DUET_PUBLIC_URL is set/],
    [{ DUET_TLS_CERT: '/a' }, /^--lan .* DUET_TLS_CERT is set/],
  ])('%j stops the start with one line', (env, line) => {
    expect(() => prepareLan({ HOME: '/nowhere', ...env })).toThrow(line)
  })
})
