import { rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { digestInputs, isCurrent, recordInputs, targets } from './inputs.mjs'

/**
 * `npm run build`: builds the pages and the server into `dist/`. `client` or `server` builds one of them.
 * `--if-stale` builds only if an input differs from the last build. `--quiet` prints errors only.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const args = process.argv.slice(2)
const named = args.filter((name) => Object.hasOwn(targets, name))
const wanted = named.length > 0 ? named : Object.keys(targets)
const stale = args.includes('--if-stale') ? wanted.filter((target) => !isCurrent(root, target)) : wanted

/**
 * Fails the build if it reads a module that `isCurrent` does not know. Collects the packages of the others, as the
 * release contains their licenses.
 */
const checkInputs = (target, packages) => ({
  name: 'duet-inputs',
  moduleParsed({ id }) {
    const path = relative(root, id)
    if (!id.startsWith(root + sep) || path === 'package.json') return
    const [, name] = /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path) ?? []
    if (name) packages.add(name)
    else if (!targets[target].sources.some((folder) => path.startsWith(folder + sep)))
      throw new Error(`${path} is not in the sources of ${target} (deploy/build/inputs.mjs)`)
  },
})

if (stale.length > 0) {
  const vite = await import('vite').catch(() => null)
  if (!vite) {
    console.error('duet: the build is missing or older than its sources, and vite is not installed. Run `npm ci`.')
    process.exit(1)
  }
  for (const target of stale) {
    const [digest, packages] = [digestInputs(root, target), new Set()]
    // An interrupted build is not current.
    rmSync(join(root, 'dist', `${target}.inputs`), { force: true })
    await vite.build({
      configFile: join(root, target, 'vite.config.ts'),
      logLevel: args.includes('--quiet') ? 'error' : 'info',
      plugins: [checkInputs(target, packages)],
    })
    writeFileSync(join(root, 'dist', `${target}.packages`), [...packages].sort().join('\n'))
    recordInputs(root, target, digest)
  }
}
