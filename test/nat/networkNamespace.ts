import { execFileSync } from 'node:child_process'

/** A host of its own on this machine: a network namespace. What happens in it is seen by no other. */
export class NetworkNamespace {
  readonly name: string

  /** @param name of this process (`namespaceName`), so that whoever finds it later knows whether it is in use */
  constructor(name: string) {
    this.name = name
    execFileSync('ip', ['netns', 'add', name])
    // Link-local IPv6 would be a way from site to site that no NAT stands in.
    this.#write('/proc/sys/net/ipv6/conf/all/disable_ipv6', 1)
    this.#write('/proc/sys/net/ipv6/conf/default/disable_ipv6', 1)
    this.ip('link set lo up')
  }

  /** Before a command: it runs here then. */
  get execPrefix(): [string, ...string[]] {
    return ['ip', 'netns', 'exec', this.name]
  }

  ip(...commands: string[]): void {
    execFileSync('ip', ['-netns', this.name, '-batch', '-'], { input: commands.join('\n') })
  }

  nft(rules: string): void {
    this.run(['nft', '-f', '-'], rules)
  }

  enableForwarding(): void {
    this.#write('/proc/sys/net/ipv4/ip_forward', 1)
  }

  /** Sets a value of the kernel's, such as `/proc/sys/net/ipv4/ip_forward`. */
  #write(file: string, value: number): void {
    this.run(['tee', file], `${value}\n`)
  }

  /** Runs a command in the namespace. @throws when its exit code is not 0 */
  run(command: readonly string[], input = ''): void {
    const [program = '', ...args] = [...this.execPrefix, ...command]
    execFileSync(program, args, { input })
  }
}

export const namespaceName = (name: string, pid = process.pid): string => `duet-${pid}-${name}`

/** Ends what still runs in the namespaces of these processes, and takes them away. */
export function removeNamespaces(isGone: (pid: number) => boolean): void {
  for (const name of listNamespaces()) {
    const pid = Number(/^duet-(\d+)-/.exec(name)?.[1] ?? 0)
    if (pid > 0 && isGone(pid)) remove(name)
  }
}

export const listNamespaces = (): string[] => ipOutputLines(['netns', 'list']).map((line) => line.split(' ')[0]!)

/** Another run may be at it at the same time: then it is gone already. */
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

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
