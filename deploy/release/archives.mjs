import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Makes the same bytes of the same files: sorted, without owners, all with the same time. */
export const reproducible = (seconds) => [
  '--sort=name',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  `--mtime=@${seconds}`,
]

/**
 * Writes the npm package `duet-VERSION.tgz` and the same files as `duet-VERSION.tar.gz`, which unpacks to
 * `duet-VERSION/`. Returns both paths.
 */
export function writeArchives({ staged, out, version, seconds }) {
  const pack = (name, archive) => {
    const parent = join(out, 'archive')
    rmSync(parent, { recursive: true, force: true })
    mkdirSync(parent, { recursive: true })
    cpSync(staged, join(parent, name), { recursive: true })
    execFileSync('tar', ['-C', parent, ...reproducible(seconds), '-czf', join(out, archive), ...readdirSync(parent)])
    rmSync(parent, { recursive: true })
    return join(out, archive)
  }
  // npm expects one folder, whose name it ignores.
  return [pack('package', `duet-${version}.tgz`), pack(`duet-${version}`, `duet-${version}.tar.gz`)]
}
