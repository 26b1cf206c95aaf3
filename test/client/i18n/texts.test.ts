import { expect, test } from 'vitest'
import type { Browser } from '../../../client/i18n/browserName.ts'
import { detectBrowser } from '../../../client/i18n/browserName.ts'
import { en } from '../../../client/i18n/en.ts'
import { textsFor } from '../../../client/i18n/texts.ts'
import type { DeviceProblem, CallEndReason } from '../../../machines/protocol/vocabulary.ts'
import type { AbortReason } from '../../../machines/verification/verificationEvents.ts'
import { errorCode } from '../../../machines/protocol/messages.ts'

// Records, so that the compiler misses whoever is left out.
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

test.each(errorCode.options)('the refusal "%s" says what is so and what to do', (each) => {
  const { title, advice } = en.apiError(each)
  expect(title).toMatch(/\w/)
  expect(advice).toMatch(/\w.*\.$/)
  expect(`${title} ${advice}`).not.toContain(each === 'full' ? 'undefined' : each)
})

test.each(keysOf(reasons))('a call that ended by "%s" says so', (reason) => {
  const { title, advice } = en.callEnded(reason)
  expect(title).toMatch(/\w/)
  // Who hung up knows what to do.
  if (reason !== 'local') expect(advice).toMatch(/\w.*\.$/)
})

test.each(keysOf(aborts))('a safety code that is not there for being "%s" says so, and what to do', (reason) => {
  const { title, advice } = en.verification.aborted(reason)
  expect(title).toMatch(/^[A-Z].*\w$/)
  expect(advice).toMatch(/\w.*\.$/)
  // Who cannot make one is in no danger because of that.
  expect(advice.includes('Say nothing private')).toBe(reason !== 'unsupported')
})

test('what a safety code cannot do is said in one sentence', () => {
  expect(en.verification.limit).toMatch(/^[^.]+ server [^.]+\.$/)
})

const cases = keysOf(problems).flatMap((problem) =>
  keysOf(browsers).flatMap((browser) =>
    (['camera', 'microphone'] as const).map((kind) => [kind, problem, browser] as const),
  ),
)

test.each(cases)('a %s that is "%s" in %s says what to do', (kind, problem, browser) => {
  const { title, advice } = en.devices.problem(kind, problem, browser)
  expect(`${title} ${advice}`.toLowerCase()).toContain(kind)
  expect(`${title} ${advice}`.toLowerCase()).not.toContain(kind === 'camera' ? 'microphone' : 'camera')
  expect(advice).toMatch(/\w.*\.$/)
  expect(Object.values(en.call.screenShareFailed(problem)).join(' ')).toMatch(/\w.*\. \w.*\.$/)
  expect(en.devices.substituted(kind, problem, 'Built-in')).toMatch(/\w.*\. “Built-in” is on instead\.$/)
  expect(en.devices.substituted(kind, problem, '')).toContain('Another one is on')
  expect(en.devices.problem('both', problem, browser).title).toMatch(/camera (and|or) microphone.*\.$/)
})

test('what was said to be refused by a browser names the way in that browser', () => {
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

test('a language that nobody wrote is English', () => {
  expect(textsFor(['tlh', 'en-GB']).language).toBe('en')
  expect(textsFor([]).language).toBe('en')
})
