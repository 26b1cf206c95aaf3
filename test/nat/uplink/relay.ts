import { startTurn } from '../../../turn/index.ts'
import type { RelayUsage } from './messages.ts'

/** A relay that replies to each message with its usage. It needs `--expose-gc`. */
const [host = '', secret = '', engine = ''] = process.argv.slice(2)
const turn = await startTurn({
  host,
  port: 3478,
  engine: engine === 'batch' ? 'batch' : 'dgram',
  relayPorts: [50_000, 50_999],
  realm: 'test',
  secrets: [secret],
  allowPeers: ['198.18.0.0/15'],
  quotas: { bytesPerSecond: 1e9, sourceBytesPerSecond: Infinity, totalBytesPerSecond: Infinity },
})
process.on('message', () => {
  // The first collection finds unused buffers, the second frees them.
  for (let i = 0; i < 2; i++) global.gc!()
  const { rss, arrayBuffers } = process.memoryUsage()
  process.send!({ rssBytes: rss, bufferBytes: arrayBuffers, counters: turn.counters() } satisfies RelayUsage)
})
process.on('disconnect', () => process.exit())
process.send!('listening')
