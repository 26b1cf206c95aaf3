import { fileURLToPath } from 'node:url'

/** Resolves a path from the repository root. This code runs as `dist/bench/*.js`. */
export const pathTo = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** The path of another built script of the bench. */
export const benchScript = (name: string): string => fileURLToPath(new URL(`${name}.js`, import.meta.url))
