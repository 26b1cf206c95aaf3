import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processTag } from './processIdentity.mjs'

/** The cleanup program (janitor.mjs). It is plain JavaScript, so every supported Node runs it without a build. */
const program = new URL('./janitor.mjs', import.meta.url).pathname

/**
 * Starts the janitor, a separate process that outlives this one. It removes the processes, network namespaces,
 * nftables tables and temporary folders that the tests leave behind. It does so however the tests end. Sets `TMPDIR`, so all temporary
 * folders of this run are in one folder.
 * @returns stops the run in order; resolves when everything is removed
 */
export function startJanitor(): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'duet-test-'))
  process.env.TMPDIR = folder
  const janitor = spawn(process.execPath, [program, processTag(), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  janitor.unref()
  const { stdin } = janitor
  // Node treats a pipe as a socket, which would keep this process alive.
  ;(stdin as Socket).unref()
  return () =>
    new Promise((resolve) => {
      janitor.ref()
      janitor.once('exit', () => resolve())
      stdin.end()
    })
}
