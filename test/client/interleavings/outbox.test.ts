import { test } from 'vitest'
import { Outbox } from '../../../client/signaling/outbox.ts'
import { assertProperty } from './interleavingProperty.ts'
import { checkOutbox, outboxScenarios } from './outboxProperty.ts'

test('the server receives each message once and in order, and the outbox repeats none without a reason', () =>
  assertProperty(outboxScenarios, checkOutbox(Outbox), 150))
