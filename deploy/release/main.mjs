import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeArchives } from './archives.mjs'
import { writeDeb } from './debPackage.mjs'
import { writeOciImage } from './ociImage.mjs'
import { readPackage, stage } from './stage.mjs'

/**
 * `npm run release`: makes all packages from the current build, without network and without root. The argument is the
 * folder for them, by default `dist/release`.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const out = process.argv[2] ?? join(root, 'dist/release')
const { version, description } = readPackage(root)

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const staged = join(out, 'staged')
stage(root, staged)
const options = { root, staged, out, version, description, seconds: readCommitTime() }
const files = [
  ...writeArchives(options),
  ...(hasCommand('dpkg-deb') ? [writeDeb(options)] : []),
  writeOciImage(options),
]
rmSync(staged, { recursive: true })
for (const file of files.filter((each) => each !== null))
  console.log(`${relative(process.cwd(), file)}: ${Math.round(statSync(file).size / 1024)} KiB`)

/** Unix time of the commit in seconds, so that two builds of it are equal. 0 outside of a repository. */
function readCommitTime() {
  if (process.env.SOURCE_DATE_EPOCH) return Number(process.env.SOURCE_DATE_EPOCH)
  try {
    return Number(execFileSync('git', ['-C', root, 'log', '-1', '--format=%ct'], { encoding: 'utf8', stdio: 'pipe' }))
  } catch {
    return 0
  }
}

function hasCommand(name) {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
