import type { Plugin } from 'vite'
import { serverLimits } from '../machines/protocol/limits.ts'

/**
 * Writes the limits of the server as numbers into the room machine, which only the sandbox of `/machines` loads. The
 * object of all limits would be 0.4 KiB of the first load: the limits of the pages are in the same module.
 */
export function inlineServerLimitsPlugin(): Plugin {
  return {
    name: 'duet-inline-server-limits',
    apply: 'build',
    enforce: 'pre',
    transform: {
      filter: { id: /\/machines\/room\/[^/]+\.ts$/ },
      handler: (code) => ({ code: inlineServerLimits(code), map: null }),
    },
  }
}

/**
 * Replaces `serverLimits.<name>` by its number.
 * @param code TypeScript
 * @throws {Error} for an unknown limit
 */
export function inlineServerLimits(code: string): string {
  const inlined = code.replaceAll(/\bserverLimits\.(\w+)/g, (use, name: string) =>
    String(serverLimits[name as keyof typeof serverLimits] ?? use),
  )
  if (/\bserverLimits\./.test(inlined)) throw new Error('unknown limit of serverLimits')
  return inlined
}
