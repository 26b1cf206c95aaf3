import { type ProgramProcess, readServerAddresses, type ServerAddresses, startProgram } from '../programProcess.ts'

/** The built product, started on free ports with its own command. */
export type Product = ProgramProcess & ServerAddresses

/** Below the ephemeral port range of the system. */
export const relayPorts = [21_000, 21_999] as const

const program = new URL('../../dist/server/main.js', import.meta.url).pathname

/**
 * Starts the built product. Resolves when it listens.
 * @param hostName host name in the visitors' URLs
 * @param commandPrefix command that runs the product elsewhere, such as `ip netns exec NAME`
 * @param extraArgs arguments of the product
 */
export async function startProduct(
  env: Record<string, string> = {},
  hostName = 'localhost',
  commandPrefix: readonly string[] = [],
  extraArgs: readonly string[] = [],
): Promise<Product> {
  const started = startProgram([...commandPrefix, process.execPath, program, ...extraArgs], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DUET_ADMIN: '127.0.0.1:0',
      DUET_TURN_PORT: '0',
      DUET_TURN_RELAY_PORTS: relayPorts.join('-'),
      DUET_TURN_DRAIN: '0',
      // All users of a test share one address, and killed browsers leave their allocations for ten minutes.
      DUET_TURN_QUOTA_SOURCE: '1000',
      ...env,
    },
  })
  const addresses = await readServerAddresses(started)
  const scheme = env.DUET_TLS_CERT ? 'https' : 'http'
  return { ...started, ...addresses, url: `${scheme}://${hostName}:${addresses.port}` }
}
