import type { NetworkNamespace } from './networkNamespace.ts'

/** The rate of an uplink, and the longest time that a packet may wait for it. */
export interface UplinkLimit {
  bitsPerSecond: number
  queueMs: number
}

/** A device that sends at a limited rate. It drops the packets that would wait longer than `queueMs`. */
export class NarrowUplink {
  readonly #host: NetworkNamespace
  readonly #device: string

  /** Limits what the host sends through the device, until `widen`. */
  constructor(host: NetworkNamespace, device: string, { bitsPerSecond, queueMs }: UplinkLimit) {
    this.#host = host
    this.#device = device
    const queueBytes = (bitsPerSecond / 8) * (queueMs / 1_000)
    this.#run('add', 'root', 'tbf', 'rate', `${bitsPerSecond}bit`, 'burst', '8kb', 'limit', `${queueBytes}`)
  }

  /** Removes the limit. */
  widen(): void {
    this.#run('delete', 'root')
  }

  #run(command: 'add' | 'delete', ...words: string[]): void {
    this.#host.run(['tc', 'qdisc', command, 'dev', this.#device, ...words])
  }
}
