import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { once } from 'node:events'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { checkUrl, watchCertificate, readCertificate } from '../../../turn/index.ts'
import { makeCertificates } from '../../server/certificates.ts'
import { describeEngines } from '../engines.ts'
import { createCredentials, startTestServer } from '../turnFixture.ts'

const { file, remove } = makeCertificates(
  { name: 'old', commonName: 'old', days: 9 },
  { name: 'new', commonName: 'new', days: 90 },
)
const inUse = () => ({ cert: file('used.crt'), key: file('used.key') })
const install = (name: string): void => {
  for (const ending of ['crt', 'key']) copyFileSync(file(`${name}.${ending}`), file(`used.${ending}`))
}

beforeEach(() => install('old'))
afterAll(remove)

function recorder() {
  const warnings: string[] = []
  return {
    warnings,
    log: {
      debug() {},
      info() {},
      warn: (fields: object, message: string) => void warnings.push(`${message}: ${JSON.stringify(fields)}`),
      error() {},
    },
  }
}

describe('watchCertificate', () => {
  test('loads a replaced certificate and logs its remaining days', () => {
    const used: string[] = []
    const watcher = watchCertificate(
      inUse(),
      readCertificate(inUse()),
      ({ cert }) => used.push(cert.toString()),
      recorder().log,
    )
    expect(watcher.daysLeft()).toBe(8)
    watcher.refresh()
    expect(used).toEqual([])
    install('new')
    watcher.refresh()
    watcher.refresh()
    watcher.stop()
    expect([used, watcher.daysLeft()]).toEqual([[readCertificate(inUse()).cert.toString()], 89])
  })

  test.each<[string, () => void, RegExp]>([
    [
      'a half-written certificate',
      () => writeFileSync(file('used.crt'), '-----BEGIN CERTIFICATE-----\nMII'),
      /used\.crt holds no certificate/,
    ],
    ['a deleted key', () => rmSync(file('used.key')), /used\.key cannot be read/],
    [
      'a new certificate with the old key',
      () => copyFileSync(file('new.crt'), file('used.crt')),
      /does not belong to the certificate/,
    ],
  ])('%s keeps the old pair, is logged once, and a valid pair is loaded later', (_, spoil, messagePattern) => {
    const { warnings, log } = recorder()
    const used: unknown[] = []
    const watcher = watchCertificate(inUse(), readCertificate(inUse()), (next) => used.push(next), log)
    spoil()
    watcher.refresh()
    watcher.refresh()
    expect([used, warnings, watcher.daysLeft()]).toEqual([[], [expect.stringMatching(messagePattern)], 8])
    install('new')
    watcher.refresh()
    watcher.stop()
    expect(used).toHaveLength(1)
  })

  test('startTurn rejects an unusable certificate with a readable error', async () => {
    writeFileSync(file('used.key'), 'nothing')
    await expect(startTestServer({ tls: { ...inUse(), port: 0 } })).rejects.toThrow(/used\.key holds no private key/)
  })
})

describeEngines((engine) => {
  test('TURN over TLS works on its port, and a reload switches to the new certificate', async () => {
    const turn = await startTestServer({ engine, host: '127.0.0.1', allowPeers: [], tls: { ...inUse(), port: 0 } })
    expect(turn.counters().certificateDaysLeft).toBe(8)
    expect(await shownBy(turn.tlsPort!)).toBe('old')
    // checkUrl verifies the issuer, like a browser.
    expect((await checkUrl(`turns:127.0.0.1:${turn.tlsPort}`, createCredentials())).failed?.detail).toMatch(
      /self-signed/,
    )
    install('new')
    turn.reload({})
    await expect.poll(() => shownBy(turn.tlsPort!)).toBe('new')
    await expect.poll(() => turn.counters().certificateDaysLeft).toBe(89)
  })
})

async function shownBy(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['stun.turn'] })
  await once(socket, 'secureConnect')
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return subject.CN as string
}
