import { createHash, randomBytes, randomInt } from 'node:crypto'

/** The right to a seat: 256 random bits, of which the server keeps only the hash. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** A plain hash will do: what is hashed has 256 bits itself, so there is nothing to guess. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** Marks one life of a mailbox, so that a position in an earlier one is known for what it is. */
export const newEpoch = (): string => randomInt(36 ** 9).toString(36).padStart(6, '0')
