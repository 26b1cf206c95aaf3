import type { ChildProcess } from 'node:child_process'
import { waitForMessage, startNode } from '../harness/childProcess.ts'
import { benchScript } from '../harness/paths.ts'
import type { Scope } from '../harness/scope.ts'
import type { CommandResults, CommandKind, CommandInputs, Target } from './load/commands.ts'

const timeoutMs = 120_000

/** The load generator, a separate process. It runs one command at a time. */
export class Generator {
  readonly #child: ChildProcess

  /** @param cpuCore the core to pin to; undefined: not pinned */
  constructor(scope: Scope, cpuCore?: number) {
    this.#child = startNode(scope, { args: [benchScript('turnload')], cpuCore })
  }

  /** Runs a command. Rejects after 120 s, or with the generator's error. */
  async run<K extends CommandKind>(kind: K, target: Target, input: CommandInputs[K]): Promise<CommandResults[K]> {
    this.#child.send({ kind, target, ...input })
    const outcome = await waitForMessage(
      this.#child,
      (raw) => raw as { answer: CommandResults[K] } | { failure: string },
      timeoutMs,
    )
    if ('failure' in outcome) throw new Error(`${kind} at ${target.name}: ${outcome.failure}`)
    return outcome.answer
  }
}
