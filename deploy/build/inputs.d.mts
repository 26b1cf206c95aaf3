/** A part of `dist/` that is built on its own. */
export type Target = 'client' | 'server'

/** The sources of each build, below the project's folder, and one file of its output, below `dist/`. */
export declare const targets: Readonly<Record<Target, { sources: readonly string[]; output: string }>>

/**
 * Returns a digest of the names and contents of all inputs. A copied or touched file changes nothing, so a build stays
 * current in a copy of the folder. Takes 40 ms.
 * @param root folder of the project
 */
export declare function digestInputs(root: string, target: Target): string

/** Whether the output was built from exactly the present inputs. */
export declare function isCurrent(root: string, target: Target): boolean

/** Records the inputs of a finished build. @param digest of `digestInputs`, from before the build */
export declare function recordInputs(root: string, target: Target, digest: string): void
