import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What tests need that is not in package.json: how it is recognised, and the Debian package that has it, or the npm package,
 * for what is too large to be brought to everybody who installs the product.
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
  caddy: { package: 'caddy', isInstalled: () => hasCommand('caddy') },
  haproxy: { package: 'haproxy', isInstalled: () => hasCommand('haproxy') },
  apache2: {
    package: 'apache2',
    isInstalled: () => hasCommand('apache2') && existsSync('/usr/lib/apache2/modules/mod_proxy_wstunnel.so'),
  },
  prlimit: { package: 'util-linux', isInstalled: () => hasCommand('prlimit') },
  iproute2: { package: 'iproute2', isInstalled: () => hasCommand('ip') },
  pulseaudio: { package: 'pulseaudio', isInstalled: () => hasCommand('pulseaudio') && hasCommand('pactl') },
  perl: { package: 'perl-base', isInstalled: () => hasCommand('perl') },
  /** Network devices that a program makes. */
  tun: { package: null, isInstalled: () => existsSync('/dev/net/tun') },
  fonts: {
    package: 'fonts-noto-core',
    isInstalled: () => existsSync('/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf'),
  },
  emoji: {
    package: 'fonts-noto-color-emoji',
    isInstalled: () => existsSync('/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf'),
  },
  /** A Node that has `reusePort` (22.12), for the relay's threads: this one, or the newest 22 beside it. */
  'node 22': {
    package: null,
    npm: `node-${process.platform}-${process.arch}@22`,
    isInstalled: () => isNewNode() || existsSync(fetchedNode),
  },
  /** Network namespaces and firewalls are root's. */
  root: { package: null, isInstalled: () => isRoot() },
} as const satisfies Record<string, { package: string | null; npm?: string; isInstalled: () => boolean }>

export type Tool = keyof typeof tools
export const toolNames = Object.keys(tools) as Tool[]

/** Debian packages that make the tests faster, and the command of each. No test needs one. */
const fasterWith = { 'chromium-headless-shell': 'chromium-headless-shell' }

export const missingFasterPackages = (): string[] =>
  Object.entries(fasterWith).flatMap(([name, command]) => (hasCommand(command) ? [] : [name]))

export const missingTools = (names: readonly Tool[] = toolNames): Tool[] =>
  names.filter((name) => !tools[name].isInstalled())

/** Where npm packages of the above go. */
export const fetchedPackages = fileURLToPath(new URL('../node_modules/.cache/duet-tests', import.meta.url))
const fetchedNode = join(fetchedPackages, `node_modules/node-${process.platform}-${process.arch}/bin/node`)

/** The program of the tool `node 22`. */
export const newNode = (): string => (isNewNode() ? process.execPath : fetchedNode)

function isNewNode(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 12)
}

export const isRoot = (): boolean => process.getuid?.() === 0

export const isDebian = (): boolean =>
  existsSync('/etc/os-release') && /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))

function hasCommand(command: string): boolean {
  // Daemons live in sbin, which is not on everyone's path.
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
