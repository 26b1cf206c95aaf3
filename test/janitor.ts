import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The program that cleans up (janitor.mjs). It is plain JavaScript, so that every supported Node runs it without a build. */
const program = new URL('./janitor.mjs', import.meta.url).pathname

/**
 * Starts the janitor: a process of its own that outlives this one and then removes what the tests left behind, however they
 * ended: processes, network namespaces, temporary folders. Sets `TMPDIR`, so that all temporary folders of this run lie in one.
 * @returns ends the run in order; resolves when everything is gone
 */
export function startJanitor(): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'duet-test-'))
  process.env.TMPDIR = folder
  const janitor = spawn(process.execPath, [program, `${process.pid}`, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  janitor.unref()
  const { stdin } = janitor
  // A pipe is a socket to Node, and would keep this process alive.
  ;(stdin as unknown as { unref(): void }).unref()
  return () =>
    new Promise((resolve) => {
      janitor.ref()
      janitor.once('exit', () => resolve())
      stdin.end()
    })
}
