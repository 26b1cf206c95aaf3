import { fileURLToPath } from 'node:url'

/** From the root of the repository; this code runs as `dist/bench/*.js`. */
export const pathTo = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** A script of the bench, beside this one when built. */
export const benchScript = (name: string): string => fileURLToPath(new URL(`${name}.js`, import.meta.url))
