import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll } from 'vitest'
import { version } from '../../package.json'

/** Paths of the packages of one release. */
export interface ReleaseFiles {
  /** A folder of this test file. */
  readonly folder: string
  readonly npmPackage: string
  readonly tarball: string
  readonly deb: string
  readonly image: string
}

/** Makes all packages once for a test file. The project needs a current build: `npm run test:long` makes it. */
export function useReleaseFiles(): () => ReleaseFiles {
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'duet-release-'))
    const script = new URL('../../deploy/release/main.mjs', import.meta.url).pathname
    await promisify(execFile)(process.execPath, [script, join(folder, 'out')])
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  return () => ({
    folder,
    npmPackage: join(folder, `out/duet-${version}.tgz`),
    tarball: join(folder, `out/duet-${version}.tar.gz`),
    deb: join(folder, `out/duet_${version}_all.deb`),
    image: join(folder, `out/duet-${version}.oci.tar`),
  })
}

/** Settings of a server in a package, on free ports of loopback. */
export const packageSettings = {
  PORT: '0',
  HOST: '127.0.0.1',
  DUET_ADMIN: '127.0.0.1:0',
  DUET_TURN_PORT: '0',
  DUET_TURN_RELAY_PORTS: '50400-50500',
  DUET_TURN_DRAIN: '0',
}
