import type { CertificateAuthority } from './certificateAuthority.ts'

/** A host of the network lab: a network namespace that `ip netns` lists. */
export interface BrowserHost {
  readonly name: string
  /** The prefix that runs a command in the namespace. */
  readonly execPrefix: readonly [string, ...string[]]
}

/** Where a browser runs, and what it trusts. */
export interface BrowserPlace {
  /** The host of the browser; by default this machine. */
  host?: BrowserHost
  /** The authority that the browser trusts. */
  authority?: CertificateAuthority
  /** The address to which every `.test` name resolves. */
  testDomainAddress?: string
  /** Extra environment variables, such as `SoundServer.env`. */
  env?: Record<string, string>
}

// The path is the same from the built benchmarks in `dist/bench`.
const namespaceScript = new URL('../../test/browser/inNamespace.sh', import.meta.url).pathname

/** Returns the command and the environment that start this browser program on that host. */
export function createCommand(
  program: string,
  { host, env }: BrowserPlace,
): { executablePath: string; env: Record<string, string | undefined> } {
  return host
    ? { executablePath: namespaceScript, env: { ...process.env, NETNS: host.name, PROGRAM: program, ...env } }
    : { executablePath: program, env: { ...process.env, ...env } }
}
