import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isRunning, processTag } from '../../processIdentity.mjs'
import { pathTo } from './paths.ts'

/** Prevents concurrent benchmarks, which would affect each other. Returns the release function. */
export function takeLock(): () => void {
  const file = pathTo('dist/bench/lock')
  const holder = readHolder(file)
  if (holder !== undefined && isRunning(holder)) throw new Error(`another benchmark is running: process ${holder}`)
  rmSync(file, { force: true })
  writeFileSync(file, processTag(), { flag: 'wx' })
  return () => rmSync(file, { force: true })
}

function readHolder(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
