import { expect, test } from 'vitest'
import type { Browser } from '../../../client/i18n/browserName.ts'
import { detectBrowser } from '../../../client/i18n/browserName.ts'
import { en } from '../../../client/i18n/en.ts'
import { verification } from '../../../client/i18n/verification.en.ts'
import type { DeviceProblem, CallEndReason } from '../../../machines/protocol/vocabulary.ts'
import type { AbortReason } from '../../../machines/verification/verificationEvents.ts'
import { errorCode } from '../../../machines/protocol/messages.ts'

// Records make the compiler report a missing key.
const reasons: Record<CallEndReason, true> = {
  local: true,
  remote: true,
  left: true,
  replaced: true,
  failed: true,
  lost: true,
}
const problems: Record<DeviceProblem, true> = {
  denied: true,
  'denied-by-system': true,
  missing: true,
  busy: true,
  unsuitable: true,
  insecure: true,
  unsupported: true,
  unplugged: true,
  stalled: true,
  unknown: true,
}
const aborts: Record<AbortReason, true> = {
  early: true,
  repeated: true,
  malformed: true,
  commitmentMismatch: true,
  certificateChanged: true,
  timedOut: true,
  unsupported: true,
}
const browsers: Record<Browser, true> = { chromium: true, firefox: true, safari: true, ios: true, other: true }
const keysOf = <K extends string>(record: Record<K, true>): K[] => Object.keys(record) as K[]

test.each(errorCode.options)('the error "%s" has a title and advice', (each) => {
  const { title, advice } = en.apiError(each)
  expect(title).toMatch(/\w/)
  expect(advice).toMatch(/\w.*\.$/)
  // Two codes are words of the interface, too.
  expect(`${title} ${advice}`).not.toContain(each === 'full' || each === 'locked' ? 'undefined' : each)
})

test.each(keysOf(reasons))('the end reason "%s" has a title and advice', (reason) => {
  const { title, advice } = en.callEnded(reason)
  expect(title).toMatch(/\w/)
  // The ended screen has its own advice.
  if (!['local', 'remote', 'left'].includes(reason)) expect(advice).toMatch(/\w.*\.$/)
})

test.each(keysOf(aborts))('the abort reason "%s" of a safety code has a title and advice', (reason) => {
  const { title, advice } = verification.aborted(reason)
  expect(title).toMatch(/^[A-Z].*\w$/)
  expect(advice).toMatch(/\w.*\.$/)
  // A browser without support is not an attack.
  expect(advice.includes('Don’t share anything private')).toBe(reason !== 'unsupported')
})

test('the limit of a safety code is one sentence', () => {
  expect(verification.limit).toMatch(/^[^.]+ server [^.]+\.$/)
})

const cases = keysOf(problems).flatMap((problem) =>
  keysOf(browsers).flatMap((browser) =>
    (['camera', 'microphone'] as const).map((kind) => [kind, problem, browser] as const),
  ),
)

test.each(cases)('a %s with the problem "%s" in %s has advice', (kind, problem, browser) => {
  const { title, advice } = en.devices.problem(kind, problem, browser)
  expect(`${title} ${advice}`.toLowerCase()).toContain(kind)
  expect(`${title} ${advice}`.toLowerCase()).not.toContain(kind === 'camera' ? 'microphone' : 'camera')
  expect(advice).toMatch(/\w.*\.$/)
  expect(Object.values(en.call.screenShareFailed(problem)).join(' ')).toMatch(/\w.*\. \w.*\.$/)
  expect(en.devices.substituted(kind, problem, 'Built-in')).toMatch(/\w.*\. Using “Built-in” instead\.$/)
  expect(en.devices.substituted(kind, problem, '')).toContain('Using another one instead.')
  expect(en.devices.problem('both', problem, browser).title).toMatch(/camera (and|or) microphone.*\.$/i)
})

test('the advice for a denied permission differs by browser', () => {
  const ways = new Set(keysOf(browsers).map((browser) => en.devices.problem('camera', 'denied', browser).advice))
  expect(ways.size).toBe(keysOf(browsers).length)
})

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36', 'chromium'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 'firefox'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
    'safari',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0 Mobile/15E148 Safari/604.1',
    'ios',
  ],
  ['curl/8.0', 'other'],
])('%s', (agent, browser) => expect(detectBrowser(agent)).toBe(browser))
