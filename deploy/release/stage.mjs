import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes the files that every package contains: the bundles of the server and of the pages, `package.json` with the
 * command `duet`, the licenses, and `deploy/`. The folder is emptied first. The project needs a current build.
 */
export function stage(root, folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const name of ['server', 'client']) cpSync(join(root, 'dist', name), join(folder, name), { recursive: true })
  for (const name of ['LICENSE', 'README.md', 'CHANGELOG.md', 'deploy'])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  cpSync(join(root, 'deploy/release/duet.mjs'), join(folder, 'server/duet.js'))
  chmodSync(join(folder, 'server/duet.js'), 0o755)
  const { name, version, description, license, type, engines, optionalDependencies } = readPackage(root)
  const bin = { duet: 'server/duet.js' }
  const manifest = { name, version, description, license, type, engines, bin, optionalDependencies }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  writeFileSync(join(folder, 'LICENSES.txt'), collectLicenses(root))
}

export const readPackage = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** The licenses of the packages whose code is in the bundles. */
function collectLicenses(root) {
  const names = ['client', 'server'].flatMap((target) =>
    readFileSync(join(root, 'dist', `${target}.packages`), 'utf8').split('\n'),
  )
  return [...new Set(names)]
    .sort()
    .map((name) => {
      const folder = join(root, 'node_modules', name)
      const { version, license } = readPackage(folder)
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
      const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `License: ${license}`
      return `${name} ${version}\n\n${text}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}
