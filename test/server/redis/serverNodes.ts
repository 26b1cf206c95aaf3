import { randomBytes } from 'node:crypto'
import { systemClock } from '../../../server/common/clock.ts'
import { openServerFixture, type ServerFixture } from '../serverFixture.ts'
import type { Overrides } from '../../../server/startServer.ts'

/** A secret that all nodes of one test share. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** Starts a server of a Redis. The caller closes it. */
export const openNode = (
  url: string,
  secret: string,
  overrides: Overrides = {},
  env: Record<string, string> = {},
): Promise<ServerFixture> =>
  openServerFixture({ clock: systemClock, ...overrides }, { DUET_REDIS_URL: url, DUET_SECRET: secret, ...env })
