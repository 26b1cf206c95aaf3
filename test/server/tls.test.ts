import { get } from 'node:https'
import { expect, test } from 'vitest'
import { makeCertificates } from './certificate.ts'
import { startWorld } from './world.ts'

test('with a certificate the pages come over HTTPS and the calls over WSS, from our own origin', async () => {
  const { file, remove } = makeCertificates('one')
  const { server, person } = await startWorld({}, { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key') })
  remove()
  expect(server.url).toMatch(/^https:/)
  const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
    get(`${server.url}/`, { rejectUnauthorized: false }, (response) => resolve({ ...response.resume().headers })).on('error', reject)
  })
  expect(headers['strict-transport-security']).toMatch(/^max-age=\d+/)
  expect(headers['content-security-policy']).toContain(`connect-src 'self' ${server.adminUrl};`)

  const own = person({ rejectUnauthorized: false, headers: { Origin: server.url } })
  expect(await own.visit('blue-door').joined()).toMatchObject({ seat: 'a' })
})
