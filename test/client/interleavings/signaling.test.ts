import { test } from 'vitest'
import { assertProperty } from './interleavingProperty.ts'
import { checkSignaling, realSignaling, signalingScenarios } from './signalingProperty.ts'

test('after any faults and user actions there is one socket, each message once, and the seat', () =>
  assertProperty(signalingScenarios, checkSignaling(realSignaling), 150))
