import { networkInterfaces } from 'node:os'

/** An address of this machine other than loopback: browsers do not use a TURN server on loopback. */
export const ownAddress =
  Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address ?? '127.0.0.1'
