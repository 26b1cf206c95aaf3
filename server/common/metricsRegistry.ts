import { Counter, Gauge, Registry } from 'prom-client'

/** Numbers for Prometheus. None is kept here: each is read from where it is when somebody asks. */
export class MetricsRegistry {
  readonly #registry = new Registry()

  get contentType(): string {
    return this.#registry.contentType
  }

  render(): Promise<string> {
    return this.#registry.metrics()
  }

  /** What goes up and down. */
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

  /** Several of them, told apart by a label whose values are few and our own. */
  labelledGauge(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      labelNames: [label],
      collect() {
        for (const [value, level] of Object.entries(read())) this.set({ [label]: value }, level)
      },
    })
  }

  /** What only grows, and by a rule of Prometheus ends in `_total`. */
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

  /** Several of them, told apart by a label whose values are few and our own. */
  labelledCounter(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      labelNames: [label],
      collect() {
        this.reset()
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count)
      },
    })
  }
}
