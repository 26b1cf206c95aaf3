import { readTurnSettings, startTurn } from '../../../turn/index.ts'
import { secret } from '../line.ts'
import { ownIp, usualEnv, withClients, type Subject } from './subject.ts'

export const ours: Subject = {
  name: 'ours',
  async start(env, { tls, isShort } = {}) {
    const { options } = readTurnSettings({ ...usualEnv, DUET_TURN_SECRET: secret, DUET_TURN_STRICT_EXPIRY: `${isShort ?? false}`, ...env })
    const turn = await startTurn({ ...options, port: 0, selfTest: false, ...(tls && { tls: { ...tls, port: 0 } }) })
    return withClients({ ip: ownIp, port: turn.port, tlsPort: turn.tlsPort, relayPorts: options.relayPorts, seconds: isShort ? 2 : 3600, stop: () => turn.close() })
  },
}
