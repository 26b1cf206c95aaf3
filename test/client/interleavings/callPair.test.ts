import { afterEach, test, vi } from 'vitest'
import { checkCalls, fatalScenarios, maxSlowRecoverySeconds, realCall, recoverableScenarios } from './callProperty.ts'
import { assertProperty } from './interleavingProperty.ts'

vi.setConfig({ testTimeout: 120_000 })
afterEach(() => void vi.unstubAllGlobals())

test('two calls connect in every order without an API violation', () =>
  assertProperty(recoverableScenarios, checkCalls(realCall, maxSlowRecoverySeconds), 80))
test('two calls come to rest after any fault and leave no connection open', () =>
  assertProperty(fatalScenarios, checkCalls(realCall, maxSlowRecoverySeconds), 120))
