import { networkInterfaces } from 'node:os'

/** This machine as others know it: browsers ask no TURN server on loopback. */
export const ownAddress =
  Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address ?? '127.0.0.1'
