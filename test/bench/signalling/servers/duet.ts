import { startServer } from '../../../../server/startServer.ts'
import { readConfig } from '../../../../server/config/config.ts'
import { reportUsage } from './usageReporter.ts'

/** The product's server without the limits that the bench would exceed. */
const config = readConfig({
  PORT: '0',
  HOST: '127.0.0.1',
  DUET_TURN: 'off',
  DUET_ADMIN: 'off',
  DUET_STATE: 'off',
  DUET_LOG_LEVEL: 'error',
  ...(process.env.BENCH_REDIS_URL && {
    DUET_REDIS_URL: process.env.BENCH_REDIS_URL,
    DUET_SECRET: 'the secret of the bench',
  }),
})
const unlimited = {
  messageBurst: 1e9,
  messagesPerSecond: 1e9,
  socketsPerAddress: 1e9,
  socketsTotal: 1e9,
  roomsTotal: 1e9,
  roomsHeldPerNetwork: 1e9,
  newRoomsPerAddressPerMinute: 1e9,
  newRoomsPerSocketPerMinute: 1e9,
  // All clients have one address.
  mailboxBytesPerNetwork: 1e9,
  mailboxBytesTotal: 1e9,
}

const { port } = await startServer(config, { limits: unlimited })
reportUsage(port)
