import { expect, test } from 'vitest'
import { terminalLog } from '../../server/common/terminalLog.ts'
import { formatSummary, type StartSummary } from '../../server/summary.ts'

const local: StartSummary = {
  version: '1.2.3',
  url: 'http://localhost:8000',
  publicUrl: undefined,
  lanUrls: ['http://192.0.2.1:8000', 'http://192.0.2.2:8000'],
  turnPort: 3478,
  relayPorts: [49152, 65535],
  adminUrl: 'http://127.0.0.1:9464',
  inspectorUrl: 'http://127.0.0.1:9464/?inspect=1',
}

test('without https the summary names every address, and says that other devices get no camera', () => {
  expect(formatSummary(local).split('\n')).toEqual([
    'Duet 1.2.3',
    '  Open             http://localhost:8000',
    '  On the network   http://192.0.2.1:8000, http://192.0.2.2:8000',
    '  TURN             port 3478 (UDP, TCP), relay ports 49152–65535 (UDP)',
    '  Metrics          http://127.0.0.1:9464/metrics',
    '  Inspector        http://127.0.0.1:9464/?inspect=1',
    expect.stringMatching(/^ {2}! Other devices get no camera over http\./),
    '',
  ])
})

test('a public URL comes first, with a QR code and without a warning', () => {
  const publicUrl = 'https://call.example.org'
  const text = formatSummary({ ...local, publicUrl, adminUrl: undefined, inspectorUrl: undefined })
  expect(text).toMatch(
    /^Duet 1\.2\.3\n {2}Open +https:\/\/call\.example\.org\n {2}On this machine +http:\/\/localhost:8000\n/,
  )
  expect(text).toMatch(/▀|▄|█/)
  expect(text).not.toMatch(/Metrics|!/)
})

test('without TURN the summary names the consequence', () => {
  expect(formatSummary({ ...local, turnPort: undefined })).toMatch(/TURN +off[\s\S]*! Without TURN, calls fail/)
})

test('a line for a terminal has time, level, message and fields, without control characters', () => {
  const lines: string[] = []
  const { write } = terminalLog({ write: (line: string) => void lines.push(line) })
  write(`${JSON.stringify({ level: 40, time: 0, reason: 'a\u001b[31mb', count: 2, msg: 'request rejected' })}\n`)
  write('not JSON\n')
  expect(lines).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d {2}WARN {3}request rejected {2}reason=a\?\[31mb {2}count=2\n$/),
    'not JSON\n',
  ])
})
