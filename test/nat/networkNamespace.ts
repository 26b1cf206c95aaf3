import { execFileSync } from 'node:child_process'
import { processTag, tagInName } from '../processIdentity.mjs'

/** A host of the lab: a Linux network namespace, isolated from other namespaces. */
export class NetworkNamespace {
  readonly name: string

  /** @param name made by `namespaceName`; its tag shows later runs whether the namespace is in use */
  constructor(name: string) {
    this.name = name
    execFileSync('ip', ['netns', 'add', name])
    // Link-local IPv6 would connect sites without a NAT.
    this.#write('/proc/sys/net/ipv6/conf/all/disable_ipv6', 1)
    this.#write('/proc/sys/net/ipv6/conf/default/disable_ipv6', 1)
    // A device answers ARP requests for its own addresses only, as devices on separate networks do.
    this.#write('/proc/sys/net/ipv4/conf/all/arp_ignore', 1)
    this.#write('/proc/sys/net/ipv4/conf/all/arp_announce', 2)
    this.ip('link set lo up')
  }

  /** The prefix that runs a command in this namespace. */
  get execPrefix(): [string, ...string[]] {
    return ['ip', 'netns', 'exec', this.name]
  }

  /** Runs `ip` commands in the namespace. @throws if one fails */
  ip(...commands: string[]): void {
    execFileSync('ip', ['-netns', this.name, '-batch', '-'], { input: commands.join('\n') })
  }

  /** Loads nftables rules. @throws if they are invalid */
  nft(rules: string): void {
    this.run(['nft', '-f', '-'], rules)
  }

  /** Enables IPv4 forwarding. */
  enableForwarding(): void {
    this.#write('/proc/sys/net/ipv4/ip_forward', 1)
  }

  /** Sets a kernel parameter, such as `/proc/sys/net/ipv4/ip_forward`. */
  #write(file: string, value: number): void {
    this.run(['tee', file], `${value}\n`)
  }

  /** Runs a command in the namespace and returns its output. @throws if its exit code is not 0 */
  run(command: readonly string[], input = ''): string {
    const [program = '', ...args] = [...this.execPrefix, ...command]
    return execFileSync(program, args, { input, encoding: 'utf8' })
  }
}

/** The name of a namespace of this process. @param tag made by `processTag` */
export const namespaceName = (name: string, tag = processTag()): string => `duet_${tag}_${name}`

/** Kills all processes in the namespaces of these processes and deletes the namespaces. */
export function removeNamespaces(isGone: (tag: string) => boolean): void {
  for (const name of listNamespaces()) {
    const tag = tagInName(name)
    if (tag !== undefined && isGone(tag)) remove(name)
  }
}

/** Lists all network namespaces of the machine. */
export const listNamespaces = (): string[] => ipOutputLines(['netns', 'list']).map((line) => line.split(' ')[0]!)

/** Deletes a namespace. Another run may delete it at the same time. */
function remove(name: string): void {
  try {
    for (const pid of ipOutputLines(['netns', 'pids', name])) kill(Number(pid))
    execFileSync('ip', ['netns', 'delete', name], { stdio: 'pipe' })
  } catch (error) {
    if (listNamespaces().includes(name)) throw error
  }
}

const ipOutputLines = (args: readonly string[]): string[] =>
  execFileSync('ip', args, { encoding: 'utf8', stdio: 'pipe' })
    .split('\n')
    .filter((line) => line !== '')

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
