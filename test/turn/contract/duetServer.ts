import { readTurnSettings, startTurn } from '../../../turn/index.ts'
import type { Engine } from '../engines.ts'
import { secret } from '../turnFixture.ts'
import { ownIp, defaultEnv, withClients, type ServerUnderTest } from './serverUnderTest.ts'

/** Returns Duet with one source of UDP sockets. */
export const duetServer = (engine: Engine): ServerUnderTest => ({
  name: engine === 'batch' ? 'Duet' : 'Duet over dgram',
  async start(env, { tls, hasShortLifetime } = {}) {
    const { options } = readTurnSettings({
      ...defaultEnv,
      DUET_TURN_ENGINE: engine,
      DUET_TURN_SECRET: secret,
      DUET_TURN_STRICT_EXPIRY: `${hasShortLifetime ?? false}`,
      ...env,
    })
    const turn = await startTurn({ ...options, port: 0, selfTest: false, ...(tls && { tls: { ...tls, port: 0 } }) })
    return withClients({
      ip: ownIp,
      port: turn.port,
      tlsPort: turn.tlsPort,
      relayPorts: options.relayPorts,
      credentialSeconds: hasShortLifetime ? 2 : 3600,
      stop: () => turn.close(),
    })
  },
})
