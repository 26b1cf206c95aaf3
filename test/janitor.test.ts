import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test as always } from 'vitest'
import { startFirewall } from './browser/firewall.ts'
import { NetLab } from './nat/netLab.ts'
import { listNamespaces, namespaceName } from './nat/networkNamespace.ts'
import { needs } from './needs.ts'
import { isRunning, processTag, tagInName } from './processIdentity.mjs'

const test = needs('root', 'iproute2', 'nftables')

always('the tag of a process ends with it, also if another process gets its id', () => {
  expect(isRunning(processTag())).toBe(true)
  expect(isRunning(processTag(spawnSync('true').pid))).toBe(false)
  expect(isRunning(`${process.ppid}_1`), 'a live process with another start time').toBe(false)
  expect(tagInName(namespaceName('internet'))).toBe(processTag())
  expect(tagInName('docker_1_2')).toBeUndefined()
})

const nft = (...args: string[]): string => execFileSync('nft', args, { encoding: 'utf8', stdio: 'pipe' })

/** Adds a namespace and a table as the tests name them. Returns whether each still exists. */
function addNetworks(tag: string): () => [namespace: boolean, table: boolean] {
  const namespace = namespaceName('left', tag)
  const table = `duet_${tag}_1`
  execFileSync('ip', ['netns', 'add', namespace])
  nft('add', 'table', 'inet', table)
  onTestFinished(() => {
    spawnSync('ip', ['netns', 'delete', namespace])
    spawnSync('nft', ['delete', 'table', 'inet', table])
  })
  return () => [listNamespaces().includes(namespace), nft('list', 'tables').includes(`inet ${table}\n`)]
}

describe('the next run', () => {
  test('removes the namespaces and tables of an ended process, also if its id is in use again', () => {
    const exists = addNetworks(`${process.ppid}_1`)
    new NetLab().close()
    startFirewall({ blocked: [] }).remove()
    expect(exists()).toEqual([false, false])
  })

  test('leaves those of a running process', () => {
    const exists = addNetworks(processTag(process.ppid))
    new NetLab().close()
    startFirewall({ blocked: [] }).remove()
    expect(exists()).toEqual([true, true])
  })
})

test('the janitor removes the namespaces, tables and folder of a run that is killed, and no others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'duet-janitor-'))
  const run = spawn('sleep', ['60'])
  const tag = processTag(run.pid)
  const janitor = spawn(process.execPath, [new URL('./janitor.mjs', import.meta.url).pathname, tag, folder], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const ended = once(janitor, 'exit')
  const [own, reused] = [addNetworks(tag), addNetworks(`${run.pid}_1`)]
  run.kill('SIGKILL')
  await once(run, 'exit')
  janitor.stdin.end()
  await ended
  expect([own(), reused(), existsSync(folder)]).toEqual([[false, false], [true, true], false])
})
