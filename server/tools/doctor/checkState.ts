import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { minSecretChars } from '../../../turn/index.ts'
import { findingsOf, type Finding } from './finding.ts'

/** The rooms of a full server take a few megabytes, and a full disk loses them. */
const minFreeBytes = 16 * 1024 * 1024

const { ok, warning, failed, skipped } = findingsOf('state directory')

/**
 * Checks that the state directory is private and writable. Creates nothing that stays.
 * @param directory null: the server keeps no state
 * @param minBytes free space below which the result is a warning
 */
export function checkState(directory: string | null, minBytes = minFreeBytes): Finding {
  if (directory === null) return skipped('The server keeps no state.')
  try {
    if (!existsSync(directory)) return checkParent(directory)
    const { mode } = statSync(directory)
    rmSync(mkdtempSync(join(directory, '.doctor-')), { recursive: true })
    if ((mode & 0o077) !== 0)
      return warning(`Other users may open ${directory}.`, `Run \`chmod 700 ${directory}\`: it holds the secret.`)
    return checkFreeSpace(directory, minBytes) ?? checkSecret(directory) ?? ok(`${directory} is writable and private.`)
  } catch (error) {
    return failed(
      `${directory} is not writable: ${(error as Error).message}.`,
      'Run this command as the user of the service. If it still fails, change the owner of the folder to that user.',
    )
  }
}

/** The server creates the directory and the folders above it. */
function checkParent(directory: string): Finding {
  let parent = dirname(directory)
  while (!existsSync(parent)) parent = dirname(parent)
  accessSync(parent, constants.W_OK)
  return ok(`${directory} does not exist yet. The first start creates it.`)
}

function checkFreeSpace(directory: string, minBytes: number): Finding | null {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize < minBytes
    ? warning(`The disk of ${directory} is almost full.`, 'Free some space: the rooms are saved there at a restart.')
    : null
}

function checkSecret(directory: string): Finding | null {
  const path = join(directory, 'secret')
  if (!existsSync(path)) return null
  if (readFileSync(path, 'utf8').trim().length < minSecretChars)
    return failed(`${path} is too short.`, 'Remove it. The next start creates a new one.')
  return (statSync(path).mode & 0o077) === 0
    ? null
    : warning(`Other users may read ${path}.`, `Run \`chmod 600 ${path}\`.`)
}
