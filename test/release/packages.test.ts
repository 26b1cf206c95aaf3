import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { version } from '../../package.json'
import { needs } from '../needs.ts'
import { readServerAddresses, runProgram, startProgram, type ProgramProcess } from '../programProcess.ts'
import { httpGet } from '../server/httpGet.ts'
import { newNode, node24 } from '../tools.ts'
import { expectMeeting } from './meeting.ts'
import { packageSettings, useReleaseFiles } from './releaseFiles.ts'

/** Each package is installed as an operator does it, without a network, and two clients meet in it. */

const files = useReleaseFiles()
const path = `${process.env.PATH}:/usr/sbin:/sbin`

async function expectServer(program: ProgramProcess): Promise<void> {
  const { url, adminUrl } = await readServerAddresses(program)
  expect(JSON.parse((await httpGet(adminUrl, '/healthz')).text)).toMatchObject({ status: 'ok', version })
  expect((await httpGet(url, '/r/blue-door')).text).toContain('<div id="app">')
  await expectMeeting(url)
}

/** Starts a program that ends with the test. */
function start(command: string[], env: Record<string, string> = {}): ProgramProcess {
  const program = startProgram(command, { env: { PATH: path, ...env } })
  onTestFinished(async () => {
    program.child.kill('SIGKILL')
    await program.ended
  })
  return program
}

/** Runs a script in namespaces of its own. Their processes and mounts end with the script. */
const inNamespaces = (script: string): string[] => [
  ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-ec'],
  script,
]

test('npx runs the npm package, and its server needs no other package', async () => {
  const { folder, npmPackage } = files()
  const home = join(folder, 'npm')
  mkdirSync(home)
  writeFileSync(join(home, 'package.json'), '{}')
  const env = { PATH: path, HOME: home, npm_config_cache: join(home, 'cache'), npm_config_update_notifier: 'false' }
  const npm = (...args: string[]) => execFileSync('npm', args, { cwd: home, env, encoding: 'utf8', stdio: 'pipe' })
  npm('install', '--offline', '--omit=optional', '--no-audit', '--no-fund', npmPackage)
  const npx = (...args: string[]): string => npm('exec', '--offline', '--', 'duet', ...args)
  expect(npx('--version')).toBe(`${version}\n`)
  expect(npx('turn', '--version')).toBe(`${version}\n`)
  expect(npx('--help')).toMatch(/^Usage:\n {2}duet \[OPTION\.\.\.\]/)
  expect(npx('doctor', '--help')).toMatch(/^Usage:\n {2}duet doctor \[OPTION\.\.\.\]/)
  expect(npx('load', '--help')).toMatch(/^Usage:\n {2}duet load \[OPTION\.\.\.\]/)
  expect(npx('turn', '--help')).toMatch(/^Usage:\n {2}duet turn +run the STUN and TURN server/)
  const installed = execFileSync('ls', [join(home, 'node_modules')], { encoding: 'utf8' })
  expect(installed).toBe('duet\n')
  const program = start([join(home, 'node_modules/.bin/duet')], { ...packageSettings, DUET_STATE: join(home, 'state') })
  await expectServer(program)
  await program.stop()
})

test('duet check tests a server, and names the step that fails', async () => {
  const { folder, tarball } = files()
  execFileSync('tar', ['-C', folder, '-xzf', tarball])
  const command = join(folder, `duet-${version}/server/duet.js`)
  const program = start([process.execPath, command], { ...packageSettings, DUET_STATE: 'off' })
  const [, port] = await program.waitForOutput(/"turn":(\d+)/)
  const check = (url: string) => runProgram([process.execPath, command, 'check', url], { PATH: path })
  expect(await check(`stun:127.0.0.1:${port}`)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('works') as string,
  })
  expect(await check('stun:127.0.0.1:1?transport=tcp')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/FAILED connect/) as string,
  })
  await program.stop()
})

needs('node 22', 'node 24')('the tarball runs on Node 22 and 24, too', async () => {
  const { folder, tarball } = files()
  execFileSync('tar', ['-C', folder, '-xzf', tarball])
  for (const node of [newNode(), node24()]) {
    const program = start([node, join(folder, `duet-${version}/server/duet.js`)], {
      ...packageSettings,
      DUET_STATE: 'off',
    })
    await expectServer(program)
    await program.stop()
  }
})

/** A root of its own: the programs of this system, without its other files. Changes are in memory. */
const freshRoot = (folder: string): string => `
  mount -t tmpfs tmpfs "${folder}"; cd "${folder}"; mkdir upper work root
  mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
  for each in root/*; do case $each in root/bin|root/sbin|root/lib*|root/usr|root/etc|root/var) ;; *)
    if [ -d $each ] && [ ! -L $each ]; then mount -t tmpfs tmpfs $each; fi ;; esac; done
  mount -t proc proc root/proc; mount --bind /dev root/dev; chmod 1777 root/tmp`

needs('root', 'dpkg-deb')(
  'the Debian package installs, runs as its user, and leaves nothing after a purge',
  async () => {
    const { folder, deb } = files()
    const node = join(folder, 'nodejs')
    mkdirSync(join(node, 'DEBIAN'), { recursive: true })
    writeFileSync(
      join(node, 'DEBIAN/control'),
      `Package: nodejs\nVersion: ${process.versions.node}\nArchitecture: all\nMaintainer: Test <test@localhost>\nDescription: the Node of this test\n`,
    )
    execFileSync(
      'sh',
      [
        '-ec',
        `mkdir -p "${node}/usr/bin"; cp "${process.execPath}" "${node}/usr/bin/node"; dpkg-deb -Znone --build "${node}" "${folder}/nodejs.deb"`,
      ],
      { stdio: 'pipe' },
    )
    const settings = Object.entries(packageSettings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join('')
    writeFileSync(join(folder, 'settings'), settings)
    const root = join(folder, 'root')
    mkdirSync(root)
    const program = start(
      inNamespaces(`${freshRoot(root)}
  cp --sparse=always "${folder}/nodejs.deb" "${deb}" "${folder}/settings" root/tmp/
  in_root() { chroot root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
  # Debian's own Node fits if it is new enough.
  if ! in_root dpkg --compare-versions "$(in_root dpkg-query --show --showformat '\${Version}' nodejs 2>/dev/null || echo 0)" ge 20.19
  then in_root dpkg --install /tmp/nodejs.deb >/dev/null; fi
  in_root dpkg --install /tmp/${deb.split('/').at(-1)} >/dev/null
  echo "version $(in_root duet --version)"
  echo "user $(in_root id duet)"
  echo "mode $(in_root stat -c '%U:%G %a' /etc/duet/duet.env)"
  echo "unit $(in_root sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/duet.service)"
  echo "enabled $(in_root find /etc/systemd -name duet.service | wc -l)"
  in_root dpkg --purge duet >/dev/null
  echo "left $(in_root find / -xdev -name '*duet*' -not -path '/proc/*' -not -path '/tmp/*' | wc -l)"
  in_root dpkg --install /tmp/${deb.split('/').at(-1)} >/dev/null
  cat root/tmp/settings >> root/etc/duet/duet.env
  in_root install -d -o duet -g duet -m 0700 /var/lib/duet
  exec chroot root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin STATE_DIRECTORY=/var/lib/duet runuser -u duet -- sh -c 'echo "as $(id -un)"; set -a; . /etc/duet/duet.env; exec duet'`),
    )
    await expectServer(program)
    const output = program.output()
    expect(output).toContain(`version ${version}\n`)
    expect(output).toMatch(/^user uid=\d+\(duet\) gid=\d+\(duet\)/m)
    expect(output).toContain('mode root:duet 640\n')
    expect(output).toContain('unit /usr/bin/duet\n')
    expect(output).toContain('enabled 0\n')
    expect(output).toContain('left 0\n')
    expect(output).toContain('as duet\n')
  },
)

needs('root', 'buildah')('buildah runs the image as a user without rights', async () => {
  const { folder, image } = files()
  const store = `--root "${folder}/containers" --runroot "${folder}/run" --storage-driver vfs`
  const settings = Object.entries(packageSettings)
    .map(([name, value]) => `--env ${name}=${value}`)
    .join(' ')
  const program = start(
    inNamespaces(`
  container=$(buildah ${store} from "oci-archive:${image}")
  echo "config $(buildah ${store} inspect --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}}' $container)"
  run() { buildah ${store} run --isolation chroot ${settings} $container -- /usr/bin/node /usr/lib/duet/server/duet.js "$@"; }
  echo "version $(run --version)"
  run`),
    { HOME: folder, XDG_RUNTIME_DIR: folder },
  )
  await expectServer(program)
  expect(program.output()).toContain(`version ${version}\n`)
  expect(program.output()).toContain('config 65532:65532 [/usr/bin/node /usr/lib/duet/server/duet.js]\n')
  expect(program.output()).not.toContain('state not saved')
})

test('two releases of one commit are equal', async () => {
  const first = files()
  const folder = join(first.folder, 'again')
  execFileSync(process.execPath, [new URL('../../deploy/release/main.mjs', import.meta.url).pathname, folder], {
    stdio: 'pipe',
  })
  for (const file of [first.npmPackage, first.tarball, first.deb])
    expect(readFileSync(join(folder, file.split('/').at(-1)!)).equals(readFileSync(file)), file).toBe(true)
  expect(statSync(first.npmPackage).size).toBeLessThan(2_000_000)
})
