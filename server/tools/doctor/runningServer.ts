import { urlHost } from '../../../turn/index.ts'
import type { AdminAddress } from '../../config/config.ts'
import { httpGet } from './httpGet.ts'

/** A server that runs on this machine with these settings, as its admin listener shows it. */
export interface RunningServer {
  version: string
  /** Values of the metrics without labels, by name. */
  metrics: ReadonlyMap<string, number>
}

/** Finds the running server through its admin listener. Returns null if none answers. */
export async function findRunningServer(admin: AdminAddress | null): Promise<RunningServer | null> {
  if (!admin || admin.port === 0) return null
  const url = `http://${urlHost(admin.host)}:${admin.port}`
  const health = await httpGet(`${url}/healthz`).catch(() => null)
  const version = health && readVersion(health.text)
  if (!version) return null
  const { text } = await httpGet(`${url}/metrics`).catch(() => ({ text: '' }))
  const lines = [...text.matchAll(/^(\w+) (\S+)$/gm)]
  return { version, metrics: new Map(lines.map(([, name = '', value]) => [name, Number(value)])) }
}

function readVersion(text: string): string | null {
  try {
    const { status, version } = JSON.parse(text) as { status?: unknown; version?: unknown }
    return status === 'ok' && typeof version === 'string' ? version : null
  } catch {
    return null
  }
}
