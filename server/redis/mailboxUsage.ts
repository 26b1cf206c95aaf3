import type { MailboxLimits } from '../rooms/mailboxBytes.ts'
import type { RedisConnection } from './connection.ts'
import { roomKeyOf, type RoomKeyring } from './roomKeys.ts'

/** Hash of all mailboxes with events. */
const usageKey = 'duet:{usage}:mailboxes'
/** Bytes that a node may store before it reports them, if the next report is not due. */
const maxUnreportedBytes = 1024 * 1024
/** Reports in a row that may cut mailboxes: each one halves the fullest. */
const maxRounds = 20

interface Usage {
  /** Pseudonym of the network that filled the mailbox. */
  readonly network: string
  readonly bytes: number
}

interface Cut {
  /** `id|seat`. */
  readonly mailbox: string
  readonly network: string
  /** Reported bytes. */
  readonly bytes: number
  /** Bytes to drop; 0 only measures. */
  readonly excess: number
}

/** The answer of `account`. */
interface Account {
  /** Reported networks that are above a limit. */
  readonly above: readonly string[]
  readonly checks: readonly Cut[]
  readonly cuts: readonly Cut[]
}

/**
 * The bytes of all mailboxes in Redis, by the network that filled them. A message costs no further call: each node
 * reports the mailboxes that it filled once a second, or after 1 MiB. Above a limit the fullest mailboxes of the largest
 * network lose their oldest events. If every one of them holds a single event, further messages are throttled.
 */
export class MailboxUsage {
  /** Bytes of all mailboxes at the last report. */
  total = 0
  readonly #connection: RedisConnection
  readonly #keyring: RoomKeyring
  readonly #limits: () => Pick<MailboxLimits, 'mailboxBytesPerNetwork' | 'mailboxBytesTotal'>
  /** Mailboxes that changed since the last report, by `id|seat`. */
  #unreported = new Map<string, Usage>()
  #unreportedBytes = 0
  /** Networks that are above a limit, after everything that can be dropped was dropped. */
  #throttled: ReadonlySet<string> = new Set()
  #report: Promise<void> | null = null

  /** @param limits bytes of one network, and of all nodes together */
  constructor(
    connection: RedisConnection,
    keyring: RoomKeyring,
    limits: () => Pick<MailboxLimits, 'mailboxBytesPerNetwork' | 'mailboxBytesTotal'>,
  ) {
    this.#connection = connection
    this.#keyring = keyring
    this.#limits = limits
  }

  /** True if the mailboxes that this network filled have no space for its messages. */
  isThrottled(networkPrefix: string): boolean {
    return this.#throttled.size > 0 && this.#throttled.has(this.#keyring.pseudonymOf(networkPrefix))
  }

  /**
   * Call after each stored message.
   * @param bytes of the mailbox
   * @param added bytes of the message
   */
  record(id: string, seat: string, networkPrefix: string, bytes: number, added: number): void {
    this.#unreported.set(`${id}|${seat}`, { network: this.#keyring.pseudonymOf(networkPrefix), bytes })
    this.#unreportedBytes += added
    if (this.#unreportedBytes >= maxUnreportedBytes) this.report().catch(() => undefined)
  }

  /**
   * Reports the changed mailboxes, and drops events above the limits. Call it once a second.
   * @throws {ApiError} `unavailable`; the next report then has the same mailboxes
   */
  report(): Promise<void> {
    return (this.#report ??= this.#reportAll().finally(() => (this.#report = null)))
  }

  async #reportAll(): Promise<void> {
    let reported = this.#unreported
    this.#unreported = new Map()
    this.#unreportedBytes = 0
    const networks = [...new Set([...this.#throttled, ...[...reported.values()].map(({ network }) => network)])]
    try {
      for (let round = 0; round < maxRounds; round++) {
        const { cuts, checks, above } = await this.#account(networks, reported)
        reported = new Map(await Promise.all([...cuts, ...checks].map((each) => this.#trim(each))))
        const hasShrunk = cuts.some(({ mailbox, bytes }) => reported.get(mailbox)!.bytes < bytes)
        if (hasShrunk || checks.length > 0) continue
        this.#throttled = new Set(above)
        return
      }
    } catch (error) {
      // Newer figures are in `#unreported`.
      this.#unreported = new Map([...reported, ...this.#unreported])
      throw error
    }
  }

  async #account(networks: readonly string[], reported: ReadonlyMap<string, Usage>): Promise<Account> {
    const { mailboxBytesPerNetwork, mailboxBytesTotal } = this.#limits()
    const changes = [...reported].flatMap(([mailbox, { network, bytes }]) => [mailbox, network, bytes])
    const args = [mailboxBytesPerNetwork, mailboxBytesTotal, networks.length, ...networks, ...changes]
    const answer = await this.#connection.call('account', [usageKey], args)
    const [total, checks, cuts, above] = answer as [number, string[], string[], string[]]
    this.total = total
    return {
      above,
      checks: groupsOf(2, checks).map(([mailbox, network]) => ({ mailbox, network, bytes: 0, excess: 0 })),
      cuts: groupsOf(4, cuts).map(([mailbox, network, bytes, excess]) => ({
        mailbox,
        network,
        bytes: Number(bytes),
        excess: Number(excess),
      })),
    }
  }

  /** Drops the excess of a mailbox. Resolves to its bytes afterwards. */
  async #trim({ mailbox, network, excess }: Cut): Promise<[string, Usage]> {
    const [id, seat] = mailbox.split('|') as [string, string]
    return [mailbox, { network, bytes: Number(await this.#connection.call('trim', [roomKeyOf(id)], [seat, excess])) }]
  }
}

type Group = [string, string, string, string]

function groupsOf(size: number, values: readonly string[]): Group[] {
  const groups = Array.from({ length: values.length / size }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  )
  return groups as Group[]
}
