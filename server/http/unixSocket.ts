import { chmodSync, lstatSync, unlinkSync, type BigIntStats } from 'node:fs'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import type { UnixSocket } from '../config/config.ts'

/** Longest path in bytes: `sun_path` of unix(7) without its final zero. libuv cuts a longer path off. */
const maxPathBytes = process.platform === 'linux' ? 107 : 103

/**
 * Listens at a Unix socket. A socket that a killed server left is removed first. Node removes the socket when `server`
 * closes.
 * @throws {Error} with a message of one line that names the setting to change
 */
export async function listenUnix(server: Server, { path, mode }: UnixSocket): Promise<void> {
  if (Buffer.byteLength(path) > maxPathBytes)
    throw new Error(`PORT: a path of a socket may have ${maxPathBytes} bytes. Choose a shorter one than ${path}.`)
  await removeStaleSocket(path)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(describeListenError(error, path), { cause: error })),
    )
    server.listen(path, () => {
      server.removeAllListeners('error')
      resolve()
    })
    // `listen` binds before it returns. Until here the umask decides, and the usual one lets only the owner connect.
    if (server.listening) chmodSync(path, mode)
  })
}

/** @throws {Error} if something else is at the path, or if a process answers there */
async function removeStaleSocket(path: string): Promise<void> {
  const found = readStats(path)
  if (!found) return
  if (!found.isSocket()) throw new Error(`PORT: ${path} is not a socket. Remove it, or choose another path.`)
  const code = await probe(path)
  if (code === 'ENOENT') return
  if (code !== 'ECONNREFUSED') throw new Error(describeListenError({ code: 'EADDRINUSE' }, path))
  // Another server may have replaced the socket meanwhile. On ext4 its inode then has the same number.
  const current = readStats(path)
  if (!current) return
  if (current.ino !== found.ino || current.ctimeNs !== found.ctimeNs)
    throw new Error(describeListenError({ code: 'EADDRINUSE' }, path))
  unlinkSync(path)
}

const readStats = (path: string): BigIntStats | undefined => lstatSync(path, { bigint: true, throwIfNoEntry: false })

/** Resolves to the code of the error, or to undefined if a process accepts the connection. */
const probe = (path: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ path })
    socket
      .once('connect', () => (socket.destroy(), resolve(undefined)))
      .once('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
  })

function describeListenError({ code, message }: Partial<NodeJS.ErrnoException>, path: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `PORT: the socket ${path} is in use. Stop the other process, or choose another path.`
    case 'EACCES':
    case 'ENOENT':
      // Node reports a missing folder as EACCES, too.
      return `PORT: cannot create the socket ${path}. Its folder must exist, and this user must be able to write to it.`
    default:
      return `PORT: cannot listen at ${path}: ${message}`
  }
}
