import { expect, test } from 'vitest'
import { parseDtlsRole, withActiveOffer, withDtlsRole } from '../../../client/webrtc/dtlsRole.ts'

const description = (setup: string): string =>
  `v=0\r\nm=audio 9\r\na=setup:${setup}\r\nm=video 9\r\na=setup:${setup}\r\n`

test('an offer makes its sender the DTLS client on every transport', () => {
  expect(withActiveOffer(description('actpass'))).toBe(description('active'))
})

test('an answer keeps the role of its sender', () => {
  expect(parseDtlsRole(description('passive'))).toBe('passive')
  expect(parseDtlsRole(description('actpass'))).toBeNull()
  expect(withDtlsRole(description('active'), 'passive')).toBe(description('passive'))
})
