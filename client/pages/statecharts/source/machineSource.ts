import type { MachineName } from '../../../../machines/protocol/traceEntry.ts'

/** A piece of TypeScript. */
export interface SourceText {
  /** Relative to package.json. */
  file: string
  /** From 1. */
  line: number
  /** Its doc comment; empty without one. English, as all code. */
  about: string
  text: string
}

/** The places of a machine in its TypeScript files. */
export interface MachineSource {
  file: string
  line: number
  /** Line of each state, by its path. */
  states: Record<string, number>
  guards: Record<string, SourceText>
}

/** All machines, and the address of the repository; null if package.json names none. */
export interface Sources {
  repository: string | null
  machines: Record<MachineName, MachineSource>
}

/**
 * Returns the address of the repository that package.json names; null if it names none with https.
 * @param repository the field of package.json: an address, or an object with one
 */
export function repositoryUrl(repository: unknown): string | null {
  const url = typeof repository === 'string' ? repository : (repository as { url?: unknown } | undefined)?.url
  if (typeof url !== 'string') return null
  const [, address = null] = /^(?:git\+)?(https:\/\/.+?)(?:\.git)?\/?$/.exec(url) ?? []
  return address
}

/** Returns the address of a line in the repository, as GitHub, GitLab and Forgejo have it; null without a repository. */
export const sourceUrl = (
  repository: string | null,
  { file, line }: Pick<SourceText, 'file' | 'line'>,
): string | null => repository && `${repository}/blob/HEAD/${file}#L${line}`
