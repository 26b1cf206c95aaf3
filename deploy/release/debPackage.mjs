import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const scripts = join(dirname(fileURLToPath(import.meta.url)), 'debian')

/**
 * Writes `duet_VERSION_all.deb` with dpkg-deb: the user `duet`, the systemd unit, which is not enabled, and
 * `/etc/duet/duet.env`. Returns its path. Without koffi the relay uses `node:dgram`.
 */
export function writeDeb({ staged, out, version, description, seconds }) {
  const tree = join(out, 'deb')
  rmSync(tree, { recursive: true, force: true })
  const put = (from, to) => {
    mkdirSync(dirname(join(tree, to)), { recursive: true })
    cpSync(from, join(tree, to), { recursive: true })
  }
  for (const name of ['server', 'client', 'package.json']) put(join(staged, name), `usr/lib/duet/${name}`)
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSES.txt', 'deploy'])
    put(join(staged, name), `usr/share/doc/duet/${name}`)
  put(join(staged, 'LICENSE'), 'usr/share/doc/duet/copyright')
  put(join(staged, 'deploy/systemd/duet.service'), 'usr/lib/systemd/system/duet.service')
  put(join(staged, 'deploy/duet.env'), 'etc/duet/duet.env')
  mkdirSync(join(tree, 'usr/bin'), { recursive: true })
  symlinkSync('../lib/duet/server/duet.js', join(tree, 'usr/bin/duet'))
  writeControl(join(tree, 'DEBIAN'), version, description)
  execFileSync('chmod', ['-R', 'u=rwX,go=rX', tree])
  for (const name of ['postinst', 'prerm', 'postrm']) chmodSync(join(tree, 'DEBIAN', name), 0o755)
  const file = join(out, `duet_${version}_all.deb`)
  // dpkg-deb takes the times of the files from this variable.
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(seconds) }
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', tree, file], { env, stdio: 'pipe' })
  rmSync(tree, { recursive: true })
  return file
}

function writeControl(folder, version, description) {
  mkdirSync(folder)
  for (const name of ['postinst', 'prerm', 'postrm']) cpSync(join(scripts, name), join(folder, name))
  writeFileSync(join(folder, 'conffiles'), '/etc/duet/duet.env\n')
  const control = {
    Package: 'duet',
    Version: version,
    Architecture: 'all',
    Section: 'net',
    Priority: 'optional',
    Maintainer: 'Duet <duet@localhost>',
    Depends: 'nodejs (>= 20.19), passwd',
    Description: description,
  }
  const lines = Object.entries(control).map(([name, value]) => `${name}: ${value}\n`)
  writeFileSync(join(folder, 'control'), lines.join(''))
}
