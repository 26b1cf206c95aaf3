import { setTimeout as after } from 'node:timers/promises'
import { LightPage } from '../../faults/lightPage.ts'
import { readServerAddresses, startProgram } from '../../programProcess.ts'
import { TestClient } from '../../server/testClient.ts'
import { pathTo } from '../harness/paths.ts'
import type { Scope } from '../harness/scope.ts'

const nodeCount = 3
const callCount = 100
/** Pages that did not return after this time count as lost. */
const maxReturnMs = 60_000

/** The result of a rolling restart. */
export interface RollingRestart {
  calls: number
  /** Joins that gave a seat, the first ones included. */
  joins: number
  lostSeats: number
  rejectedJoins: number
  lostMessages: number
  /** From the first to the last page that a restart moved, in s. */
  spreadSeconds: number
  /** The longest time from SIGTERM to the end of a node, in s. */
  longestDrainSeconds: number
}

interface Node {
  newClient(): TestClient
  restart(): Promise<number>
}

/** Restarts three nodes of the build, one after the other, during 100 calls of pages without media. */
export async function measureRollingRestart(scope: Scope, redisUrl: string): Promise<RollingRestart> {
  const nodes: Node[] = []
  const serving: { newClient(): TestClient }[] = []
  for (let index = 0; index < nodeCount; index++) {
    const node = await startNode(scope, redisUrl, (server) => (serving[index] = server))
    nodes.push(node)
  }
  const pages = Array.from({ length: 2 * callCount }, (_, index) => new LightPage(`call-${index >> 1}`, () => serving))
  scope.defer(async () => void (await Promise.all(pages.map((page) => page.close()))))
  for (const page of pages) await page.start()
  let longestDrainSeconds = 0
  for (const [index, node] of nodes.entries()) {
    longestDrainSeconds = Math.max(longestDrainSeconds, await node.restart())
    await waitUntil(() => pages.every(({ isJoined }) => isJoined))
    await Promise.all(pages.map((page) => page.send({ type: 'hangup' }, index + 1)))
  }
  await waitUntil(() => pages.every(({ messages }) => messages.length === nodeCount))
  const delaysMs = pages.flatMap(({ moveDelaysMs }) => moveDelaysMs)
  return {
    calls: callCount,
    joins: pages.reduce((sum, { joinCount }) => sum + joinCount, 0),
    lostSeats: pages.filter(({ lossCount, seats, isJoined }) => lossCount > 0 || seats.size !== 1 || !isJoined).length,
    rejectedJoins: pages.flatMap(({ rejections }) => rejections).length,
    lostMessages: pages.reduce((sum, { messages }) => sum + nodeCount - messages.length, 0),
    spreadSeconds: (Math.max(...delaysMs) - Math.min(...delaysMs)) / 1_000,
    longestDrainSeconds,
  }
}

async function startNode(
  scope: Scope,
  redisUrl: string,
  serve: (server: { newClient(): TestClient }) => void,
): Promise<Node> {
  const start = async () => {
    const program = startProgram([process.execPath, pathTo('dist/server/main.js')], {
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        HOST: '127.0.0.1',
        DUET_ADMIN: '127.0.0.1:0',
        DUET_TURN: 'off',
        DUET_STATE: 'off',
        DUET_SECRET: 'the secret of the bench',
        DUET_REDIS_URL: redisUrl,
      },
    })
    scope.defer(() => void program.child.kill('SIGKILL'))
    const { url } = await readServerAddresses(program)
    const newClient = (): TestClient => new TestClient(url)
    serve({ newClient })
    return { ...program, newClient }
  }
  let running = await start()
  return {
    newClient: () => running.newClient(),
    /** As a proxy that reads `/readyz`: pages find the next process, and not the one that drains. */
    async restart() {
      const { child, ended } = running
      const since = performance.now()
      child.kill('SIGTERM')
      running = await start()
      await ended
      return (performance.now() - since) / 1_000
    },
  }
}

async function waitUntil(isDone: () => boolean): Promise<void> {
  for (const since = performance.now(); !isDone() && performance.now() - since < maxReturnMs;) await after(50)
}
