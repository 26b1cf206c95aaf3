import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadSystemCalls } from '../turn/engine/systemCalls.ts'

/**
 * Tools that tests need and that package.json does not contain: how to detect each, and its Debian package. A tool from
 * npm is too large for a regular dependency.
 */
export const tools = {
  chromium: { package: 'chromium', isInstalled: () => hasCommand('chromium') },
  firefox: { package: 'firefox-esr', isInstalled: () => hasCommand('firefox-esr') },
  coturn: { package: 'coturn', isInstalled: () => hasCommand('turnserver') },
  nftables: { package: 'nftables', isInstalled: () => hasCommand('nft') },
  certutil: { package: 'libnss3-tools', isInstalled: () => hasCommand('certutil') },
  openssl: { package: 'openssl', isInstalled: () => hasCommand('openssl') },
  redis: { package: 'redis-server', isInstalled: () => hasCommand('redis-server') },
  nginx: { package: 'nginx', isInstalled: () => hasCommand('nginx') },
  'nginx stream': {
    package: 'libnginx-mod-stream',
    isInstalled: () => existsSync('/usr/lib/nginx/modules/ngx_stream_module.so'),
  },
  caddy: { package: 'caddy', isInstalled: () => hasCommand('caddy') },
  haproxy: { package: 'haproxy', isInstalled: () => hasCommand('haproxy') },
  apache2: {
    package: 'apache2',
    isInstalled: () => hasCommand('apache2') && existsSync('/usr/lib/apache2/modules/mod_proxy_wstunnel.so'),
  },
  buildah: { package: 'buildah', isInstalled: () => hasCommand('buildah') },
  'dpkg-deb': { package: 'dpkg', isInstalled: () => hasCommand('dpkg-deb') },
  promtool: { package: 'prometheus', isInstalled: () => hasCommand('promtool') },
  'systemd-analyze': { package: 'systemd', isInstalled: () => hasCommand('systemd-analyze') },
  'systemd-notify': { package: 'systemd', isInstalled: () => hasCommand('systemd-notify') },
  prlimit: { package: 'util-linux', isInstalled: () => hasCommand('prlimit') },
  iproute2: { package: 'iproute2', isInstalled: () => hasCommand('ip') },
  pulseaudio: { package: 'pulseaudio', isInstalled: () => hasCommand('pulseaudio') && hasCommand('pactl') },
  perl: { package: 'perl-base', isInstalled: () => hasCommand('perl') },
  /** Virtual network devices. */
  tun: { package: null, isInstalled: () => existsSync('/dev/net/tun') },
  fonts: {
    package: 'fonts-noto-core',
    isInstalled: () => existsSync('/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf'),
  },
  emoji: {
    package: 'fonts-noto-color-emoji',
    isInstalled: () => existsSync('/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf'),
  },
  /** The optional dependency of the relay's batch engine. */
  koffi: { package: null, isInstalled: () => isEngineLoadable() },
  /** A Node with `reusePort` (22.12) for the relay's threads: the running one, or the newest 22 from npm. */
  'node 22': {
    package: null,
    npm: `node-${process.platform}-${process.arch}@22`,
    isInstalled: () => isNewNode() || existsSync(fetchedNode),
  },
  /** The newest Node that the packages support. An alias, because it has the npm package of `node 22`. */
  'node 24': {
    package: null,
    npm: `node-24@npm:node-${process.platform}-${process.arch}@24`,
    isInstalled: () => isNode24() || existsSync(fetchedNode24),
  },
  /** Network namespaces and firewalls need root. */
  root: { package: null, isInstalled: () => isRoot() },
} as const satisfies Record<string, { package: string | null; npm?: string; isInstalled: () => boolean }>

export type Tool = keyof typeof tools
export const toolNames = Object.keys(tools) as Tool[]

/** Debian packages that make the tests faster, with the command of each. No test needs them. */
const fasterWith = { 'chromium-headless-shell': 'chromium-headless-shell' }

/** Returns the optional Debian packages that are not installed. */
export const missingFasterPackages = (): string[] =>
  Object.entries(fasterWith).flatMap(([name, command]) => (hasCommand(command) ? [] : [name]))

/** Returns the tools that are not installed. */
export const missingTools = (names: readonly Tool[] = toolNames): Tool[] =>
  names.filter((name) => !tools[name].isInstalled())

/** Folder of the npm packages. */
export const fetchedPackages = fileURLToPath(new URL('../node_modules/.cache/duet-tests', import.meta.url))
const fetchedNode = join(fetchedPackages, `node_modules/node-${process.platform}-${process.arch}/bin/node`)

const fetchedNode24 = join(fetchedPackages, 'node_modules/node-24/bin/node')

/** Returns the program of the tool `node 24`. */
export const node24 = (): string => (isNode24() ? process.execPath : fetchedNode24)

const isNode24 = (): boolean => process.versions.node.startsWith('24.')

/** Returns the program of the tool `node 22`. */
export const newNode = (): string => (isNewNode() ? process.execPath : fetchedNode)

function isNewNode(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 12)
}

function isEngineLoadable(): boolean {
  try {
    loadSystemCalls()
    return true
  } catch {
    return false
  }
}

/** Whether this process runs as root. */
export const isRoot = (): boolean => process.getuid?.() === 0

/** Whether the system is Debian or a derivative. */
export const isDebian = (): boolean =>
  existsSync('/etc/os-release') && /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))

function hasCommand(command: string): boolean {
  // Daemons are in sbin, which is not in every PATH.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some((folder) => isExecutable(join(folder, command)))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
