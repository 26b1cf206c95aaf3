import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../common/clock.ts'
import { reconfigure } from '../core/reconfigure.ts'
import { plainFields } from '../common/errors.ts'
import { RelayAddresses } from '../net/relayAddresses.ts'
import { parseExternal } from '../net/externalIp.ts'
import { Listeners } from '../net/listeners.ts'
import { Shell } from '../net/turnRuntime.ts'
import { Streams } from '../net/streamConnections.ts'
import type { TurnLog } from '../common/log.ts'
import { changedRules, commonOf, rulesOf } from './coreRules.ts'
import { count, drained, startClock } from '../net/lifecycle.ts'
import type { Duty, News, Order } from './messages.ts'

/** A thread of `DUET_TURN_WORKERS`: the UDP of the clients that the kernel gives it, with a core of its own. */
const { options, share, shared } = workerData as Duty
const tell = (news: News): void => parentPort!.postMessage(news)
const teller = (level: keyof TurnLog) => (fields: object, message: string): void => tell({ type: 'log', level, fields: plainFields(fields), message })
const log: TurnLog = { debug: teller('debug'), info: teller('info'), warn: teller('warn'), error: teller('error') }

const addresses = new RelayAddresses(options.externalIp ? parseExternal(options.externalIp) : [])
const clock = systemClock(shared.timeOrigin)
const shell = new Shell(rulesOf(options, addresses, share, clock), { log, clock, threads: share.of }, commonOf(options, share, shared))
const streams = new Streams(shell)
const listeners = new Listeners(shell, streams, addresses, { host: options.host, port: options.port, transports: ['udp'], isShared: true })

try {
  await listeners.open()
  const stopClock = startClock({ shell, streams, listeners, addresses })
  const counting = setInterval(() => tell({ type: 'counters', counters: count(shell.core) }), 1000)
  parentPort!.on('message', (order: Order) => void obey(order, () => (stopClock(), clearInterval(counting))))
  tell({ type: 'listening' })
} catch (error) {
  tell({ type: 'failed', words: (error as Error).message })
}

async function obey(order: Order, stopTimers: () => void): Promise<void> {
  if (order.type === 'reload') return reconfigure(shell.core, changedRules(shell.core.rules, order.changes, share))
  if (order.type === 'drain') {
    await drained(shell, order.milliseconds)
    return tell({ type: 'drained' })
  }
  stopTimers()
  await Promise.all([listeners.close(), shell.close()])
  parentPort!.close()
}
