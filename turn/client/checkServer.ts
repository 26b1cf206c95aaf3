import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { Client } from './client.ts'
import { parseIceUrl, type IceUrl } from './url.ts'
import { openWire } from './transport.ts'
import { wordsFor } from './explainError.ts'
import { PeerPolicy } from '../core/peerPolicy.ts'
import type { Address } from '../stun/ip.ts'
import { read } from '../stun/message.ts'

export interface Credentials {
  username: string
  credential: string
}

export interface CheckOptions {
  /** How long one answer may take, with retransmissions. Default 3000 ms. */
  patienceMs?: number
}

export type StepName = 'resolve' | 'connect' | 'binding' | 'allocate' | 'permission' | 'relay'

export interface CheckStep {
  name: StepName
  /** What was found, or why it failed, in words. */
  detail: string
  milliseconds: number
}

/** `steps` holds what succeeded, in order; `failed` the step that did not, after which nothing was tried. */
export interface CheckResult {
  url: string
  ok: boolean
  steps: readonly CheckStep[]
  failed?: CheckStep
}

/**
 * Tries one `stun:` or `turn:` URL as a browser would: Binding; for `turn:` two allocations and one packet through both.
 * Never rejects: what went wrong is in the result.
 */
export async function checkUrl(url: string, credentials?: Credentials, { patienceMs = 3000 }: CheckOptions = {}): Promise<CheckResult> {
  const run = new Run(credentials, patienceMs)
  try {
    await run.all(url)
    return { url, ok: true, steps: run.steps }
  } catch (error) {
    return { url, ok: false, steps: run.steps, failed: run.failure(error) }
  } finally {
    run.close()
  }
}

/** The steps of one check; each adds what it found. */
class Run {
  readonly steps: CheckStep[] = []
  readonly #credentials: Credentials | undefined
  readonly #patience: number
  readonly #clients: Client[] = []
  #url: IceUrl | undefined
  #name: StepName = 'resolve'
  #since = performance.now()

  constructor(credentials: Credentials | undefined, patience: number) {
    this.#credentials = credentials
    this.#patience = patience
  }

  async all(text: string): Promise<void> {
    const url = (this.#url = parseIceUrl(text))
    const ip = await this.#step('resolve', async () => (await lookup(url.host)).address, (found) => found)
    const connect = () => Promise.all([this.#open(url, ip), this.#open(url, ip)])
    const [near, far] = await this.#step('connect', connect, () => url.transport.toUpperCase())
    await this.#step('binding', () => bind(near), (mapped) => `seen as ${show(mapped)}`)
    if (url.isTurn) await this.#relay(near, far)
  }

  async #relay(near: Client, far: Client): Promise<void> {
    const both = () => Promise.all([allocate(near), allocate(far)])
    const [here, there] = await this.#step('allocate', both, ([relay]) => `relay at ${show(relay)}${remark(relay)}`)
    await this.#step('permission', () => Promise.all([permit(near, there), permit(far, here)]), () => 'granted for both ways')
    await this.#step('relay', () => loop(near, far, there, this.#patience), () => 'one packet came through both relays')
    await Promise.all([near, far].map((client) => client.request('refresh', [['lifetime', 0]])))
  }

  async #step<T>(name: StepName, work: () => Promise<T>, tell: (found: T) => string): Promise<T> {
    this.#name = name
    this.#since = performance.now()
    const found = await work()
    this.steps.push({ name, detail: tell(found), milliseconds: this.#elapsed() })
    return found
  }

  async #open(url: IceUrl, ip: string): Promise<Client> {
    const client = new Client(this.#credentials, this.#patience)
    const listener = { packet: (packet: Buffer) => client.receive(packet), failed: (error: Error) => client.fail(error) }
    client.wire = await openWire(url, ip, listener, AbortSignal.timeout(this.#patience))
    this.#clients.push(client)
    return client
  }

  failure(error: unknown): CheckStep {
    return { name: this.#name, detail: wordsFor(this.#name, error, this.#url), milliseconds: this.#elapsed() }
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }

  #elapsed = (): number => Math.round(performance.now() - this.#since)
}

async function bind(client: Client): Promise<Address> {
  const mapped = read(await client.request('binding', []), 'xorMappedAddress')
  if (!mapped) throw new Error('the answer has no XOR-MAPPED-ADDRESS')
  return mapped
}

async function allocate(client: Client): Promise<Address> {
  const answer = await client.request('allocate', [['requestedTransport', 17]])
  const relay = read(answer, 'xorRelayedAddress')
  if (!relay) throw new Error('the answer has no XOR-RELAYED-ADDRESS')
  return relay
}

const permit = (client: Client, peer: Address) => client.request('createPermission', [['xorPeerAddress', peer]])

/** Sent again until it comes: between the relays it is UDP. */
function loop(near: Client, far: Client, there: Address, patience: number): Promise<void> {
  const payload = randomBytes(32)
  const send = (): void => near.sendData(there, payload)
  const again = setInterval(send, 200)
  let deadline: NodeJS.Timeout | undefined
  return new Promise<void>((resolve, reject) => {
    far.onData = (data) => void (payload.equals(data) && resolve())
    deadline = setTimeout(() => reject(new Error(`no packet came through in ${patience / 1000} s`)), patience)
    send()
  }).finally(() => {
    clearInterval(again)
    clearTimeout(deadline)
  })
}

const show = ({ ip, port }: Address): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)

const publicOnly = new PeerPolicy({ isOurs: () => false, isRelay: () => false })

const remark = ({ ip }: Address): string =>
  publicOnly.judge(ip) === 'open' ? '' : ', which the internet cannot reach: outside of this network set the external IP'
