import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { pathTo } from './paths.ts'

/** Prevents concurrent benchmarks, which would affect each other. Returns the release function. */
export function takeLock(): () => void {
  const file = pathTo('dist/bench/lock')
  const holder = readHolderPid(file)
  if (holder !== undefined && isAlive(holder)) throw new Error(`another benchmark is running: process ${holder}`)
  rmSync(file, { force: true })
  writeFileSync(file, String(process.pid), { flag: 'wx' })
  return () => rmSync(file, { force: true })
}

function readHolderPid(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
