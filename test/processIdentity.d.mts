/** Reads the parent and the start time of a process, in clock ticks since the boot; null when it has ended. */
export function readProcess(pid: number | string): { parent: number; startedAt: string } | null
/** Returns an id that no later process gets before the next boot. Default: of this process. */
export function processTag(pid?: number): string
/** Returns whether the process with this tag runs. */
export function isRunning(tag: string): boolean
/** Returns the tag in the name of a network namespace or of an nftables table of the tests; undefined without one. */
export function tagInName(name: string): string | undefined
