import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What tests need that npm does not bring: how it is recognised, and the Debian package that has it. */
export const tools = {
  chromium: { package: 'chromium', isHere: () => hasCommand('chromium') },
  firefox: { package: 'firefox-esr', isHere: () => hasCommand('firefox-esr') },
  coturn: { package: 'coturn', isHere: () => hasCommand('turnserver') },
  nftables: { package: 'nftables', isHere: () => hasCommand('nft') },
  certutil: { package: 'libnss3-tools', isHere: () => hasCommand('certutil') },
  openssl: { package: 'openssl', isHere: () => hasCommand('openssl') },
  redis: { package: 'redis-server', isHere: () => hasCommand('redis-server') },
  iproute2: { package: 'iproute2', isHere: () => hasCommand('ip') },
  fonts: { package: 'fonts-noto-core', isHere: () => existsSync('/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf') },
  emoji: { package: 'fonts-noto-color-emoji', isHere: () => existsSync('/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf') },
  /** Network namespaces and firewalls are root's. */
  root: { package: null, isHere: () => isRoot() },
} as const satisfies Record<string, { package: string | null; isHere: () => boolean }>

export type Tool = keyof typeof tools
export const toolNames = Object.keys(tools) as Tool[]

export const missingTools = (names: readonly Tool[] = toolNames): Tool[] => names.filter((name) => !tools[name].isHere())

export const isRoot = (): boolean => process.getuid?.() === 0

export const isDebian = (): boolean => existsSync('/etc/os-release') && /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))

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
