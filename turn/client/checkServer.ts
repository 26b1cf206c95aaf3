import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { TurnClient, type TurnCredentials } from './client.ts'
import { parseIceUrl, type IceUrl } from './url.ts'
import { openTransport } from './transport.ts'
import { explainError } from './explainError.ts'
import { PeerPolicy } from '../core/peerPolicy.ts'
import type { Address } from '../stun/ip.ts'
import { read } from '../stun/message.ts'

/** Options of `checkUrl`. */
export interface CheckOptions {
  /** Timeout of one request, including retransmissions, in ms. Default 3000. */
  timeoutMs?: number
  /** Accepts any certificate. Default: false. */
  isCertificateIgnored?: boolean
}

/** The steps of a check, in order. */
export type StepName = 'resolve' | 'connect' | 'binding' | 'allocate' | 'permission' | 'relay'

/** The result of one step. */
export interface CheckStep {
  name: StepName
  /** The result, or the reason of the failure, as text. */
  detail: string
  durationMs: number
}

/** `steps` holds the successful steps, in order. `failed` is the step that failed and ended the check. */
export interface CheckResult {
  url: string
  ok: boolean
  steps: readonly CheckStep[]
  failed?: CheckStep
  /** Whether the internet can reach the address of the relay. Absent before an allocation. */
  isRelayPublic?: boolean
}

/**
 * Tests one `stun:` or `turn:` URL like a browser: a Binding, and for `turn:` two allocations and one packet through
 * both.
 * Never rejects: the result describes a failure.
 */
export async function checkUrl(
  url: string,
  credentials?: TurnCredentials,
  { timeoutMs = 3000, isCertificateIgnored = false }: CheckOptions = {},
): Promise<CheckResult> {
  const check = new ServerCheck(credentials, timeoutMs, isCertificateIgnored)
  try {
    await check.run(url)
    return { url, ok: true, ...check.observations() }
  } catch (error) {
    return { url, ok: false, ...check.observations(), failed: check.describeFailure(error) }
  } finally {
    check.close()
  }
}

/** Runs the steps of one check and collects their results. */
class ServerCheck {
  readonly steps: CheckStep[] = []
  readonly #credentials: TurnCredentials | undefined
  readonly #timeoutMs: number
  readonly #isCertificateIgnored: boolean
  readonly #clients: TurnClient[] = []
  #url: IceUrl | undefined
  #relay: Address | undefined
  #stepName: StepName = 'resolve'
  #stepStartedAt = performance.now()

  constructor(credentials: TurnCredentials | undefined, timeoutMs: number, isCertificateIgnored: boolean) {
    this.#credentials = credentials
    this.#timeoutMs = timeoutMs
    this.#isCertificateIgnored = isCertificateIgnored
  }

  async run(text: string): Promise<void> {
    const url = (this.#url = parseIceUrl(text))
    const ip = await this.#step(
      'resolve',
      async () => (await lookup(url.host)).address,
      (found) => found,
    )
    const connect = () => Promise.all([this.#open(url, ip), this.#open(url, ip)])
    const [near, far] = await this.#step('connect', connect, () => url.transport.toUpperCase())
    await this.#step(
      'binding',
      () => requestBinding(near),
      (mapped) => `seen as ${formatAddress(mapped)}`,
    )
    if (url.isTurn) await this.#sendThroughRelay(near, far)
  }

  /** Returns the steps, and what they found. */
  observations(): Pick<CheckResult, 'steps' | 'isRelayPublic'> {
    return { steps: this.steps, ...(this.#relay && { isRelayPublic: isPublic(this.#relay) }) }
  }

  async #sendThroughRelay(near: TurnClient, far: TurnClient): Promise<void> {
    const both = () => Promise.all([allocate(near), allocate(far)])
    const [here, there] = await this.#step(
      'allocate',
      both,
      ([relay]) => `relay at ${formatAddress(relay)}${publicAddressRemark(relay)}`,
    )
    this.#relay = here
    await this.#step(
      'permission',
      () => Promise.all([requestPermission(near, there), requestPermission(far, here)]),
      () => 'granted in both directions',
    )
    await this.#step(
      'relay',
      () => sendThroughRelays(near, far, there, this.#timeoutMs),
      () => 'received one packet through both relays',
    )
    await Promise.all([near, far].map((client) => client.request('refresh', [['lifetime', 0]])))
  }

  async #step<T>(name: StepName, run: () => Promise<T>, describe: (found: T) => string): Promise<T> {
    this.#stepName = name
    this.#stepStartedAt = performance.now()
    const found = await run()
    this.steps.push({ name, detail: describe(found), durationMs: this.#elapsed() })
    return found
  }

  async #open(url: IceUrl, ip: string): Promise<TurnClient> {
    const client = new TurnClient(this.#credentials, this.#timeoutMs)
    const listener = {
      onPacket: (packet: Buffer) => client.receive(packet),
      onError: (error: Error) => client.fail(error),
    }
    const options = { signal: AbortSignal.timeout(this.#timeoutMs), isCertificateIgnored: this.#isCertificateIgnored }
    client.transport = await openTransport(url, ip, listener, options)
    this.#clients.push(client)
    return client
  }

  describeFailure(error: unknown): CheckStep {
    return { name: this.#stepName, detail: explainError(this.#stepName, error, this.#url), durationMs: this.#elapsed() }
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }

  #elapsed = (): number => Math.round(performance.now() - this.#stepStartedAt)
}

async function requestBinding(client: TurnClient): Promise<Address> {
  const mapped = read(await client.request('binding', []), 'xorMappedAddress')
  if (!mapped) throw new Error('the response has no XOR-MAPPED-ADDRESS')
  return mapped
}

async function allocate(client: TurnClient): Promise<Address> {
  const answer = await client.request('allocate', [['requestedTransport', 17]])
  const relay = read(answer, 'xorRelayedAddress')
  if (!relay) throw new Error('the response has no XOR-RELAYED-ADDRESS')
  return relay
}

const requestPermission = (client: TurnClient, peer: Address) =>
  client.request('createPermission', [['xorPeerAddress', peer]])

/** Repeats the packet until it arrives, because the relays exchange UDP. */
function sendThroughRelays(near: TurnClient, far: TurnClient, there: Address, timeoutMs: number): Promise<void> {
  const payload = randomBytes(32)
  const send = (): void => near.sendData(there, payload)
  const resendTimer = setInterval(send, 200)
  let timeoutTimer: NodeJS.Timeout | undefined
  return new Promise<void>((resolve, reject) => {
    far.onData = (data) => void (payload.equals(data) && resolve())
    timeoutTimer = setTimeout(() => reject(new Error(`no packet received within ${timeoutMs / 1000} s`)), timeoutMs)
    send()
  }).finally(() => {
    clearInterval(resendTimer)
    clearTimeout(timeoutTimer)
  })
}

const formatAddress = ({ ip, port }: Address): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)

const publicOnly = new PeerPolicy({ isOwnAddress: () => false, isRelayAddress: () => false })

const isPublic = ({ ip }: Address): boolean => publicOnly.judge(ip) === 'open'

const publicAddressRemark = (relay: Address): string =>
  isPublic(relay)
    ? ''
    : ', which is not reachable from the internet: for clients outside of this network, set the external IP'
