import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const targets = {
  client: { sources: ['client', 'machines'], output: 'client/index.html' },
  server: { sources: ['server', 'machines', 'turn'], output: 'server/main.js' },
}

/** They also fix the version of each package. */
const sharedInputs = ['package.json', 'package-lock.json', 'tsconfig.json']

export function digestInputs(root, target) {
  const hash = createHash('sha256')
  const files = targets[target].sources.flatMap((folder) => listFiles(root, folder))
  for (const file of [...files, ...sharedInputs].sort()) {
    const content = readFileSync(join(root, file))
    hash.update(`${file}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

const listFiles = (root, folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

const stampFile = (root, target) => join(root, 'dist', `${target}.inputs`)

export function isCurrent(root, target) {
  const stamp = stampFile(root, target)
  if (!existsSync(stamp) || !existsSync(join(root, 'dist', targets[target].output))) return false
  return readFileSync(stamp, 'utf8') === digestInputs(root, target)
}

export const recordInputs = (root, target, digest) => writeFileSync(stampFile(root, target), digest)
