import { lineUrl, openLine } from './trpc.ts'

const patience = 3_000

/** The origins under which others reach this server, for one who calls it by a name that means something else to them. */
export async function addressesToShare(at: Location): Promise<string[]> {
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(at.hostname)) return []
  const line = openLine({ url: lineUrl(at), WebSocket, onOpen: () => {}, onClose: () => {} })
  try {
    return await line.client.server.addresses.query(undefined, { signal: AbortSignal.timeout(patience) })
  } catch {
    // The link itself is still there to be shared.
    return []
  } finally {
    line.close()
  }
}
