import type { IceServer } from '../../../machines/protocol/messages.ts'
import { classifyAddresses, classifyStun, classifyTurn } from './classify.ts'
import type { Finding } from './finding.ts'
import { gather } from './gather.ts'
import { testRelay, type RelayStage } from './relay.ts'
import { checkSignaling, checkDevices, checkPage, checkProxy } from './environment.ts'
import { parseIceUrl, splitByUrl } from './iceUrl.ts'

/** Subject of a row: four of every page, a proxy with faults, then each ICE URL. */
export type Subject = 'page' | 'signaling' | 'proxy' | 'devices' | 'addresses' | 'servers' | { url: string }

export interface Row {
  subject: Subject
  /** Null while the test runs. `stage` is its progress. */
  finding: Finding | null
  stage: RelayStage | null
}

/** In ms. A working server allocates a relay in less. */
const relayWaitMs = 3_000

/** The connection test. It can run again. */
export class ConnectionCheck {
  rows: readonly Row[] = $state.raw([])
  isRunning = $state(false)
  #stop = new AbortController()

  /** Runs the test from the start, and ends a running one. Resolves at the end, also after `stop`. Never rejects. */
  async run(): Promise<void> {
    this.stop()
    const { signal } = (this.#stop = new AbortController())
    this.rows = (['page', 'signaling', 'devices', 'addresses'] as const).map((subject) => ({
      subject,
      finding: null,
      stage: null,
    }))
    this.isRunning = true
    await this.#testAll(signal)
    if (!signal.aborted) this.isRunning = false
  }

  /** Ends the test. Its rows keep their findings. May be called twice. */
  stop(): void {
    this.#stop.abort()
  }

  async #testAll(signal: AbortSignal): Promise<void> {
    const page = checkPage()
    this.#updateRow('page', { finding: page }, signal)
    const canConnect = page.code !== 'no-webrtc'
    await Promise.all([
      checkDevices().then((finding) => this.#updateRow('devices', { finding }, signal)),
      canConnect &&
        gather(null, null, signal).then((gathered) =>
          this.#updateRow('addresses', { finding: classifyAddresses(gathered) }, signal),
        ),
      this.#testServers(canConnect, signal),
      checkProxy(signal).then((finding) => finding && this.#addProxyRow(finding, signal)),
    ])
  }

  async #testServers(canConnect: boolean, signal: AbortSignal): Promise<void> {
    const { finding, config } = await checkSignaling(signal)
    this.#updateRow('signaling', { finding }, signal)
    if (!config || !canConnect) return
    const servers = this.#addUrlRows(config.iceServers, signal)
    const isRelay = ({ urls }: { urls: string }): boolean => parseIceUrl(urls)?.isTurn === true
    await Promise.all([
      ...servers.filter((server) => !isRelay(server)).map((server) => this.#testUrl(server, signal)),
      this.#testInSequence(servers.filter(isRelay), signal),
    ])
  }

  /**
   * Runs the tests in sequence: a page without a seat may hold four allocations, and a test needs two per network. A
   * test without a relay after `relayWaitMs` holds none, so the next one starts concurrently.
   */
  async #testInSequence(servers: ReturnType<typeof splitByUrl>, signal: AbortSignal): Promise<void> {
    const tests: Promise<void>[] = []
    for (const server of servers) {
      if (signal.aborted) break
      const test = this.#testUrl(server, signal)
      tests.push(test)
      await Promise.race([test, this.#relayDelayed(server.urls)])
    }
    await Promise.all(tests)
  }

  /** Resolves after `relayWaitMs` if the test of this URL has no relay by then; otherwise never. */
  async #relayDelayed(url: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, relayWaitMs))
    const row = this.rows.find(({ subject }) => subjectName(subject) === url)
    if (row?.stage !== 'gathering') await new Promise(() => undefined)
  }

  #addProxyRow(finding: Finding, { aborted }: AbortSignal): void {
    if (!aborted) this.rows = [...this.rows, { subject: 'proxy', finding, stage: null }]
  }

  /** Adds a row for each URL before the first test. */
  #addUrlRows(servers: IceServer[], signal: AbortSignal): ReturnType<typeof splitByUrl> {
    if (signal.aborted) return []
    const all = splitByUrl(servers)
    const rows: Row[] = all.map(({ urls }) => ({ subject: { url: urls }, finding: null, stage: null }))
    const hasRelay = all.some(({ urls }) => parseIceUrl(urls)?.isTurn)
    if (!hasRelay)
      rows.push({ subject: 'servers', finding: { code: all.length === 0 ? 'no-servers' : 'no-relays' }, stage: null })
    this.rows = [...this.rows, ...rows]
    return all
  }

  async #testUrl(server: RTCIceServer & { urls: string }, signal: AbortSignal): Promise<void> {
    const { urls } = server
    const finding = await this.#findFor(server, signal).catch((): Finding => ({ code: 'unsupported' }))
    this.#updateRow(urls, { finding, stage: null }, signal)
  }

  /** Rejects if the browser rejects the URL. */
  async #findFor(server: RTCIceServer & { urls: string }, signal: AbortSignal): Promise<Finding> {
    const url = parseIceUrl(server.urls)
    if (!url) return { code: 'unsupported' }
    if (!url.isTurn) return classifyStun(url, await gather(server, 'srflx', signal))
    const relayResult = await testRelay(server, signal, (stage) => this.#updateRow(server.urls, { stage }, signal))
    return classifyTurn(url, relayResult, location.hostname)
  }

  #updateRow(subject: string, found: Partial<Row>, { aborted }: AbortSignal): void {
    if (aborted) return
    this.rows = this.rows.map((row) => (subjectName(row.subject) === subject ? { ...row, ...found } : row))
  }
}

/** Returns the unique name of a row: the subject itself, or the URL of its ICE server. */
export const subjectName = (subject: Subject): string => (typeof subject === 'string' ? subject : subject.url)
