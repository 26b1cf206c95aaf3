import type { IceServer } from '../../../machines/protocol/messages.ts'
import { classifyAddresses, classifyStun, classifyTurn } from './classify.ts'
import type { Finding } from './finding.ts'
import { gather } from './gather.ts'
import { relay, type RelayStage } from './relay.ts'
import { askServer, countDevices, lookAtPage } from './environment.ts'
import { parseIceUrl, separate } from './url.ts'

/** What is looked at: four things of every page, then each ICE URL. */
export type Subject = 'page' | 'line' | 'devices' | 'addresses' | 'servers' | { url: string }

export interface Row {
  subject: Subject
  /** Null while it is being found out; `stage` then says how far that is. */
  finding: Finding | null
  stage: RelayStage | null
}

/** A server that works gives a relay in less. */
const patienceMs = 3_000

/** One look at everything, which can be taken again. */
export class Check {
  rows: readonly Row[] = $state.raw([])
  isRunning = $state(false)
  #stop = new AbortController()

  async run(): Promise<void> {
    this.stop()
    const { signal } = (this.#stop = new AbortController())
    this.rows = (['page', 'line', 'devices', 'addresses'] as const).map((subject) => ({ subject, finding: null, stage: null }))
    this.isRunning = true
    await this.#look(signal)
    if (!signal.aborted) this.isRunning = false
  }

  stop(): void {
    this.#stop.abort()
  }

  async #look(signal: AbortSignal): Promise<void> {
    const page = lookAtPage()
    this.#note('page', { finding: page }, signal)
    const canConnect = page.code !== 'no-webrtc'
    await Promise.all([
      countDevices().then((finding) => this.#note('devices', { finding }, signal)),
      canConnect && gather(null, null, signal).then((gathered) => this.#note('addresses', { finding: classifyAddresses(gathered) }, signal)),
      this.#askServer(canConnect, signal),
    ])
  }

  async #askServer(canConnect: boolean, signal: AbortSignal): Promise<void> {
    const { finding, config } = await askServer(signal)
    this.#note('line', { finding }, signal)
    if (!config || !canConnect) return
    const servers = this.#addServers(config.iceServers, signal)
    const isRelay = ({ urls }: { urls: string }): boolean => parseIceUrl(urls)?.isTurn === true
    await Promise.all([...servers.filter((server) => !isRelay(server)).map((server) => this.#try(server, signal)), this.#inTurn(servers.filter(isRelay), signal)])
  }

  /**
   * One after the other: without a seat a page may hold four allocations at a time, and a trial takes two on each network. A trial that
   * has no relay yet after a while holds none, and the next one begins beside it.
   */
  async #inTurn(servers: ReturnType<typeof separate>, signal: AbortSignal): Promise<void> {
    const trials: Promise<void>[] = []
    for (const server of servers) {
      if (signal.aborted) break
      const trial = this.#try(server, signal)
      trials.push(trial)
      await Promise.race([trial, this.#hasNoRelay(server.urls)])
    }
    await Promise.all(trials)
  }

  /** Resolves after `patienceMs` if the trial of this URL has found no relay by then; otherwise never. */
  async #hasNoRelay(url: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, patienceMs))
    const row = this.rows.find(({ subject }) => nameOf(subject) === url)
    if (row?.stage !== 'gathering') await new Promise(() => undefined)
  }

  /** A row for each URL before the first one is tried. */
  #addServers(servers: IceServer[], signal: AbortSignal): ReturnType<typeof separate> {
    if (signal.aborted) return []
    const all = separate(servers)
    const rows: Row[] = all.map(({ urls }) => ({ subject: { url: urls }, finding: null, stage: null }))
    const hasRelay = all.some(({ urls }) => parseIceUrl(urls)?.isTurn)
    if (!hasRelay) rows.push({ subject: 'servers', finding: { code: all.length === 0 ? 'no-servers' : 'no-relays' }, stage: null })
    this.rows = [...this.rows, ...rows]
    return all
  }

  async #try(server: RTCIceServer & { urls: string }, signal: AbortSignal): Promise<void> {
    const { urls } = server
    const finding = await this.#examine(server, signal).catch((): Finding => ({ code: 'unsupported' }))
    this.#note(urls, { finding, stage: null }, signal)
  }

  /** Rejects where the browser does not take the URL at all. */
  async #examine(server: RTCIceServer & { urls: string }, signal: AbortSignal): Promise<Finding> {
    const url = parseIceUrl(server.urls)
    if (!url) return { code: 'unsupported' }
    if (!url.isTurn) return classifyStun(url, await gather(server, 'srflx', signal))
    const relayed = await relay(server, signal, (stage) => this.#note(server.urls, { stage }, signal))
    return classifyTurn(url, relayed, location.hostname)
  }

  #note(subject: string, found: Partial<Row>, { aborted }: AbortSignal): void {
    if (aborted) return
    this.rows = this.rows.map((row) => (nameOf(row.subject) === subject ? { ...row, ...found } : row))
  }
}

export const nameOf = (subject: Subject): string => (typeof subject === 'string' ? subject : subject.url)
