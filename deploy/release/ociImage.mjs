import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { reproducible } from './archives.mjs'

/** The user of the image. It owns nothing but the state. */
const userId = 65_532

/**
 * Writes `duet-VERSION.oci.tar`, an image without a distribution (OCI image format 1.1): the running Node with its
 * shared libraries, Duet, and koffi if it is installed. Needs neither network nor root. Returns its path, or null on a
 * system without `ldd`.
 */
export function writeOciImage({ root, staged, out, version, seconds }) {
  const libraries = listLibraries(process.execPath)
  if (!libraries) return null
  const [tree, layout] = [join(out, 'image'), join(out, 'oci')]
  for (const folder of [tree, layout]) rmSync(folder, { recursive: true, force: true })
  const put = (from, to) => {
    mkdirSync(dirname(join(tree, to)), { recursive: true })
    cpSync(from, join(tree, to), { recursive: true, dereference: true })
  }
  put(process.execPath, 'usr/bin/node')
  for (const library of libraries) put(realpathSync(library), library)
  for (const name of ['server', 'client', 'package.json', 'LICENSE', 'LICENSES.txt'])
    put(join(staged, name), `usr/lib/duet/${name}`)
  const platform = `@koromix/koffi-${process.platform}-${process.arch}`
  for (const name of ['koffi', platform]) {
    const folder = join(root, 'node_modules', name)
    if (existsSync(folder)) put(folder, `usr/lib/duet/node_modules/${name}`)
  }
  for (const [file, text] of Object.entries({
    'etc/passwd': `root:x:0:0::/:/none\nduet:x:${userId}:${userId}::/var/lib/duet:/none\n`,
    'etc/group': `root:x:0:\nduet:x:${userId}:\n`,
    'etc/nsswitch.conf': 'hosts: files dns\n',
  })) {
    mkdirSync(dirname(join(tree, file)), { recursive: true })
    writeFileSync(join(tree, file), text)
  }
  const layer = createLayer(tree, out, seconds)
  const file = writeLayout({ layout, layer, out, version, seconds })
  for (const folder of [tree, layout]) rmSync(folder, { recursive: true })
  return file
}

/** The shared libraries of a program and its loader; null if `ldd` does not run. */
function listLibraries(program) {
  try {
    const output = execFileSync('ldd', [program], { encoding: 'utf8' })
    return [...output.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path)
  } catch {
    return null
  }
}

/** The state folder belongs to the user. `tar` sets the owner, so the build needs no root. */
function createLayer(tree, out, seconds) {
  const file = join(out, 'layer.tar')
  mkdirSync(join(tree, 'tmp'), { recursive: true, mode: 0o777 })
  execFileSync('chmod', ['-R', 'u=rwX,go=rX', tree])
  execFileSync('tar', ['-C', tree, ...reproducible(seconds), '-cf', file, '.'])
  const state = join(out, 'state')
  mkdirSync(join(state, 'var/lib/duet'), { recursive: true })
  const owner = [`--owner=${userId}`, `--group=${userId}`, '--numeric-owner', `--mtime=@${seconds}`, '--mode=0700']
  execFileSync('tar', ['-C', state, ...owner, '-rf', file, './var/lib/duet'])
  rmSync(state, { recursive: true })
  const bytes = readFileSync(file)
  rmSync(file)
  return bytes
}

const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

function writeLayout({ layout, layer, out, version, seconds }) {
  const blobs = join(layout, 'blobs/sha256')
  mkdirSync(blobs, { recursive: true })
  const addBlob = (mediaType, content) => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
    const digest = digestOf(bytes)
    writeFileSync(join(blobs, digest.slice('sha256:'.length)), bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const type = (name) => `application/vnd.oci.image.${name}`
  const created = new Date(seconds * 1000).toISOString()
  const architecture = { x64: 'amd64' }[process.arch] ?? process.arch
  const config = addBlob(type('config.v1+json'), {
    created,
    architecture,
    os: 'linux',
    config: {
      User: `${userId}:${userId}`,
      Entrypoint: ['/usr/bin/node', '/usr/lib/duet/server/duet.js'],
      Env: ['PATH=/usr/bin', 'HOME=/var/lib/duet', 'DUET_STATE=/var/lib/duet'],
      WorkingDir: '/',
      Volumes: { '/var/lib/duet': {} },
      ExposedPorts: { '8000/tcp': {}, '3478/tcp': {}, '3478/udp': {} },
      StopSignal: 'SIGTERM',
      Labels: { 'org.opencontainers.image.title': 'duet', 'org.opencontainers.image.version': version },
    },
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    history: [{ created, created_by: 'npm run release' }],
  })
  const manifest = addBlob(type('manifest.v1+json'), {
    schemaVersion: 2,
    mediaType: type('manifest.v1+json'),
    config,
    layers: [addBlob(type('layer.v1.tar'), layer)],
  })
  const annotations = { 'org.opencontainers.image.ref.name': version }
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  writeFileSync(
    join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  )
  const file = join(out, `duet-${version}.oci.tar`)
  execFileSync('tar', ['-C', layout, ...reproducible(seconds), '-cf', file, 'blobs', 'index.json', 'oci-layout'])
  return file
}
