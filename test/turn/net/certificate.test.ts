import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checkUrl, watchCertificate, readCertificate } from '../../../turn/index.ts'
import { createCredentials, startTestServer } from '../turnFixture.ts'

let folder: string
const file = (name: string): string => join(folder, name)
const inUse = () => ({ cert: file('used.crt'), key: file('used.key') })
const install = (name: string): void => {
  for (const ending of ['crt', 'key']) copyFileSync(file(`${name}.${ending}`), file(`used.${ending}`))
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'duet-turn-tls-'))
  for (const [name, days] of [
    ['old', 9],
    ['new', 90],
  ] as const) {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        `${days}`,
        '-subj',
        `/CN=${name}`,
        '-keyout',
        file(`${name}.key`),
        '-out',
        file(`${name}.crt`),
      ],
      { stdio: 'ignore' },
    )
  }
})
beforeEach(() => install('old'))
afterAll(() => rmSync(folder, { recursive: true }))

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

describe('a certificate', () => {
  test('that is replaced is taken up, and its days are told', () => {
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
      'that is half written',
      () => writeFileSync(file('used.crt'), '-----BEGIN CERTIFICATE-----\nMII'),
      /used\.crt holds no certificate/,
    ],
    ['that is gone', () => rmSync(file('used.key')), /used\.key cannot be read/],
    [
      'whose key is still the old one',
      () => copyFileSync(file('new.crt'), file('used.crt')),
      /does not belong to the certificate/,
    ],
  ])('%s leaves the old one, says so once, and a good one is taken up later', (_, spoil, messagePattern) => {
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

  test('that cannot be used stops the start, in words', async () => {
    writeFileSync(file('used.key'), 'nothing')
    await expect(startTestServer({ tls: { ...inUse(), port: 0 } })).rejects.toThrow(/used\.key holds no private key/)
  })
})

test('TURN over TLS works at its port, and a new certificate is shown after a reload', async () => {
  const turn = await startTestServer({ host: '127.0.0.1', allowPeers: [], tls: { ...inUse(), port: 0 } })
  expect(turn.counters().certificateDaysLeft).toBe(8)
  expect(await shownBy(turn.tlsPort!)).toBe('old')
  // The check is as strict as browsers are about who signed it.
  expect((await checkUrl(`turns:127.0.0.1:${turn.tlsPort}`, createCredentials())).failed?.detail).toMatch(/self-signed/)
  install('new')
  turn.reload({})
  expect([await shownBy(turn.tlsPort!), turn.counters().certificateDaysLeft]).toEqual(['new', 89])
})

async function shownBy(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['stun.turn'] })
  await once(socket, 'secureConnect')
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return subject.CN as string
}
