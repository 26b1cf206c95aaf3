import type { CommandResults, LoadCommand } from './commands.ts'
import type { Network, UdpSocket } from './network.ts'
import { closePairs, createChannelData, openDirectPairs, openPairs, type RelayedPair } from './relayedPair.ts'
import { startStopwatch } from './stopwatch.ts'

/** A power of two, and more than the number of messages in a second. */
const slots = 1 << 20
const warmUpSeconds = 0.4
/** A message that takes longer counts as lost. */
const lossTimeoutMs = 500
/** Packets of one system call at most: the frame of a camera. */
const maxBurst = 16
/** The word of the packet behind the ChannelData header. */
const numberWord = 1

/** Open loop: sends messages at a steady rate, independent of earlier ones. */
export async function pace(
  network: Network,
  { target, pairs: count, sizeBytes, perSecond, seconds, direct }: LoadCommand<'pace'>,
): Promise<CommandResults['pace']> {
  const pairs = direct ? openDirectPairs(network, count) : await network.pollDuring(openPairs(network, target, count))
  const stream = new MessageStream(network, pairs, sizeBytes, Math.ceil(perSecond * (seconds + 1)))
  stream.send(perSecond, warmUpSeconds)
  stream.startMeasuring()
  const used = startStopwatch(target.pid)
  stream.send(perSecond, seconds)
  const usage = used()
  stream.send(0, lossTimeoutMs / 1000)
  await network.pollDuring(closePairs(pairs))
  return { ...usage, ...stream.result() }
}

/** Numbered messages from all ends in turn. Both ends of a pair are in this process, so one clock measures each way. */
class MessageStream {
  readonly #network: Network
  readonly #ends: UdpSocket[]
  readonly #packet: Buffer
  readonly #sentAt = new Float64Array(slots)
  readonly #delaysMs: Float64Array
  #next = 0
  #bursts = 0
  #firstMeasured = 0
  #received = 0

  constructor(network: Network, pairs: RelayedPair[], sizeBytes: number, maxMessages: number) {
    this.#network = network
    this.#ends = pairs.flatMap(({ near, far }) => [near, far])
    this.#packet = createChannelData(sizeBytes)
    this.#delaysMs = new Float64Array(maxMessages)
    for (const end of this.#ends) end.onPackets = (count) => this.#receive(count)
  }

  /** Sends `perSecond` messages a second and receives without a pause: a timer would cause bursts. */
  send(perSecond: number, seconds: number): void {
    const since = performance.now()
    const [first, total] = [this.#next, Math.floor(perSecond * seconds)]
    for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - since) / 1000) {
      const due = Math.min(Math.floor(elapsed * perSecond), total) - (this.#next - first)
      if (due > 0) this.#sendBurst(Math.min(due, maxBurst))
      this.#network.poll()
    }
  }

  /** Excludes all earlier messages. */
  startMeasuring(): void {
    this.#firstMeasured = this.#next
    this.#received = 0
  }

  result(): { sent: number; lost: number; p50Ms: number; p99Ms: number } {
    const sent = this.#next - this.#firstMeasured
    const delays = this.#delaysMs.subarray(0, this.#received).sort()
    const quantile = (q: number): number => delays[Math.min(delays.length - 1, Math.floor(delays.length * q))] ?? NaN
    return { sent, lost: sent - this.#received, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
  }

  #sendBurst(count: number): void {
    const { outgoing } = this.#network
    const now = performance.now()
    const end = this.#ends[this.#bursts++ % this.#ends.length]!
    for (let at = 0; at < count; at++) {
      outgoing.write(at, this.#packet)
      outgoing.words[outgoing.wordOf(at) + numberWord] = this.#next
      this.#sentAt[this.#next % slots] = now
      this.#next++
    }
    outgoing.send(end.fd, 0, count)
  }

  #receive(count: number): void {
    const { received } = this.#network
    const now = performance.now()
    for (let at = 0; at < count; at++) {
      const number = received.words[received.wordOf(at) + numberWord]!
      if (number < this.#firstMeasured || this.#received === this.#delaysMs.length) continue
      const delayMs = now - this.#sentAt[number % slots]!
      if (delayMs <= lossTimeoutMs) this.#delaysMs[this.#received++] = delayMs
    }
  }
}
