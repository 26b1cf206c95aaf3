import { setTimeout as after } from 'node:timers/promises'
import { Counter, Gauge, Registry, type Metric } from 'prom-client'
import type { Histogram } from './histogram.ts'

/** Longest wait of a scrape for `refreshBeforeScrape`, in ms. */
const refreshTimeoutMs = 1_000

/** Prometheus metrics. The registry holds no values: each scrape reads them from their sources. */
export class MetricsRegistry {
  readonly #registry = new Registry()
  readonly #refreshes: (() => Promise<unknown>)[] = []

  /** The media type of `render`, with the version of the text format. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** Renders all metrics in the text format of Prometheus. */
  async render(): Promise<string> {
    const refreshed = Promise.allSettled(this.#refreshes.map(async (refresh) => refresh()))
    await Promise.race([refreshed, after(refreshTimeoutMs, undefined, { ref: false })])
    return this.#registry.metrics()
  }

  /** Adds a source that other threads update. A scrape waits for it at most one second, then reads old values. */
  refreshBeforeScrape(refresh: () => Promise<unknown>): void {
    this.#refreshes.push(refresh)
  }

  /** Adds a gauge. `read` is called at each scrape. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        this.set(await read())
      },
    })
  }

  /** Adds a gauge with one label. Label values must be few and must not come from clients. */
  labelledGauge(
    name: string,
    help: string,
    label: string,
    read: () => Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>,
  ): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      labelNames: [label],
      async collect() {
        for (const [value, level] of Object.entries(await read())) this.set({ [label]: value }, level)
      },
    })
  }

  /** Adds a histogram. prom-client's own would hold the values itself. */
  histogram(name: string, help: string, source: Histogram): void {
    const metric = {
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      reset: () => undefined,
      get() {
        let total = 0
        const buckets = source.counts.map((count, at) => ({
          metricName: `${name}_bucket`,
          labels: { le: source.bounds[at] ?? '+Inf' },
          value: (total += count),
        }))
        const sums = [
          { metricName: `${name}_sum`, labels: {}, value: source.sum },
          { metricName: `${name}_count`, labels: {}, value: total },
        ]
        return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values: [...buckets, ...sums] })
      },
    }
    this.#registry.registerMetric(metric as unknown as Metric)
  }

  /** Adds a counter. By a rule of Prometheus its name ends in `_total`. */
  counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  }

  /** Adds a counter with one label. Label values must be few and must not come from clients. */
  labelledCounter(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    this.multiLabelledCounter(name, help, [label], () =>
      Object.entries(read()).map(([value, count]) => ({ labels: { [label]: value }, count })),
    )
  }

  /** Adds a counter with several labels. */
  multiLabelledCounter<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    read: () => readonly { labels: Readonly<Record<Label, string>>; count: number }[],
  ): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      labelNames,
      collect() {
        this.reset()
        for (const { labels, count } of read()) this.inc(labels, count)
      },
    })
  }
}
