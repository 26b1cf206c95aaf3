import { createSystemError, linux, type SystemCalls } from './systemCalls.ts'

/**
 * Creates two connected stream sockets of this process. The caller owns both descriptors.
 * @throws the system's error, such as EMFILE
 */
export function createSocketPair(system: SystemCalls): [number, number] {
  const buffer = new ArrayBuffer(8)
  const type = linux.SOCK_STREAM | linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC
  if (system.socketpair(linux.AF_UNIX, type, 0, system.addressOf(buffer)) < 0)
    throw createSystemError(system.errno(), 'socketpair')
  const [one, other] = new Int32Array(buffer)
  return [one!, other!]
}
