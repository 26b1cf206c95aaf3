import type { FairQueue, QueuedDatagram } from '../net/fairQueue.ts'
import type { Family } from '../stun/ip.ts'

/** Handles received datagrams in the slots `first` to `first + count - 1`. @param now on the engine's clock, in ms */
export type DatagramHandler = (first: number, count: number, now: number) => void

/** A UDP socket of the engine. Only `BatchSockets` and `BatchSender` change it. */
export class BatchSocket {
  /** -1 when the socket is closed. */
  fd: number
  readonly family: Family
  readonly ip: string
  readonly port: number
  readonly onDatagrams: DatagramHandler
  /** First and last message of the next flush, as indexes of `BatchSender`; -1 without one. */
  firstMessage = -1
  lastMessage = -1
  /** SO_SNDBUF in bytes, as passed to setsockopt. */
  sendBufferBytes: number
  /** Time when the kernel's buffer became full, in ms; undefined while it accepts packets. */
  blockedAtMs: number | undefined
  /** Packets that wait for the kernel's buffer. Most sockets never need the queue. */
  queue: FairQueue | undefined
  /** The packet that the kernel rejected last. It goes before the queue. */
  rejected: QueuedDatagram | undefined

  constructor(
    fd: number,
    at: { readonly family: Family; readonly ip: string; readonly port: number },
    sendBufferBytes: number,
    onDatagrams: DatagramHandler,
  ) {
    this.fd = fd
    this.family = at.family
    this.ip = at.ip
    this.port = at.port
    this.sendBufferBytes = sendBufferBytes
    this.onDatagrams = onDatagrams
  }
}
