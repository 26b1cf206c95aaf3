import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CertificateReserve } from '../../../client/webrtc/certificateReserve.ts'

/** The certificates that the browser has generated. */
let generated: { expires: number }[] = []
let pendingFailures = 0

const generateCertificate = async (): Promise<{ expires: number }> => {
  if (pendingFailures-- > 0) throw new Error('the browser failed')
  const certificate = { expires: Date.now() + 1_000 }
  generated.push(certificate)
  return certificate
}

beforeEach(() => {
  vi.useFakeTimers()
  generated = []
  pendingFailures = 0
  vi.stubGlobal('RTCPeerConnection', { generateCertificate })
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('a prepared certificate is generated before it is needed, and serves one connection', async () => {
  const reserve = new CertificateReserve()
  reserve.prepare()
  reserve.prepare()
  expect(generated).toHaveLength(1)
  expect(await reserve.take()).toBe(generated[0])
  expect(generated).toHaveLength(1)
  expect(await reserve.take()).toBe(generated[1])
})

test('an expired certificate is replaced', async () => {
  const reserve = new CertificateReserve()
  reserve.prepare()
  vi.advanceTimersByTime(1_000)
  expect(await reserve.take()).toBe(generated[1])
})

test('a failure in the lobby does not fail the call', async () => {
  pendingFailures = 1
  const reserve = new CertificateReserve()
  reserve.prepare()
  expect(await reserve.take()).toBe(generated[0])
})
