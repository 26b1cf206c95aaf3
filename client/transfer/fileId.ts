import { bytesToHex } from '@noble/hashes/utils.js'

/** Returns a random id of a file: 64 bits, 16 hexadecimal digits. */
export const createFileId = (): string => bytesToHex(crypto.getRandomValues(new Uint8Array(8)))
