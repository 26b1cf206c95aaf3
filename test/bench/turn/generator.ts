import type { ChildProcess } from 'node:child_process'
import { message, startNode } from '../frame/child.ts'
import { benchScript } from '../frame/paths.ts'
import type { Scope } from '../frame/scope.ts'
import type { Answers, Kind, Orders, Target } from './load/orders.ts'

/** The one that asks the servers, a process of its own; one order at a time. */
export class Generator {
  readonly #child: ChildProcess

  /** @param core undefined: wherever the kernel likes */
  constructor(scope: Scope, core?: number) {
    this.#child = startNode(scope, { args: [benchScript('turnload')], core })
  }

  ask<K extends Kind>(kind: K, target: Target, order: Orders[K]): Promise<Answers[K]> {
    this.#child.send({ kind, target, ...order })
    return message(this.#child, (raw) => (raw as { answer?: Answers[K] }).answer, 120_000)
  }
}
