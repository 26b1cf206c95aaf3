import { basename } from 'node:path'

/** True if this process was started as `duet` (deploy/release/duet.mjs), and not from the sources. */
export const isPackagedCommand = (): boolean => /^duet(\.js)?$/.test(basename(process.argv[1] ?? ''))
