import { cleanFileName } from './fileName.ts'
import { contentLimits } from './contentLimits.ts'
import { type TransferEndReason, transferEndReasons } from './vocabulary.ts'

/**
 * The text messages of the channel `files` (id 2). `id` is the sender's random number of the file: 16 hexadecimal
 * digits. `offset` and `size` are bytes. Offers and ends go from the sender of a file to its receiver, accepts and
 * acknowledgements back.
 */
export type FileMessage =
  /** The sender offers a file. It repeats each offer when the channel opens again. */
  | { type: 'offer'; id: string; name: string; size: number }
  /** Sent after the offers of an opening: earlier files that were not offered are lost. */
  | { type: 'offered' }
  /** The receiver wants the bytes from `offset`. */
  | { type: 'accept'; id: string; offset: number }
  /** The answer to a chunk that asks for it: the receiver has every byte below `offset`. */
  | { type: 'received'; id: string; offset: number }
  /** Sent after the last byte: the SHA-256 of the whole file, 64 hexadecimal digits. */
  | { type: 'end'; id: string; sha256: string }
  /** The receiver has the whole file, and its hash matches. */
  | { type: 'stored'; id: string }
  /** Either side ends the transfer. */
  | { type: 'cancel'; id: string; reason: TransferEndReason }

/** The message with this `type`. */
export type FileMessageOf<T extends FileMessage['type']> = Extract<FileMessage, { type: T }>

type Fields = Record<string, unknown>

/** Parses a received text; returns null if it is invalid. The name of an offer is clean then. */
export function parseFileMessage(text: string): FileMessage | null {
  if (text.length > contentLimits.fileMessageCharacters) return null
  try {
    const fields: unknown = JSON.parse(text)
    return isObject(fields) && isKnownType(fields.type) ? parsers[fields.type](fields) : null
  } catch {
    return null
  }
}

/** The parser of each type. It returns null for invalid fields and drops unknown ones. */
const parsers: { readonly [T in FileMessage['type']]: (fields: Fields) => FileMessageOf<T> | null } = {
  offer: ({ id, name, size }) =>
    isFileId(id) && typeof name === 'string' && isByteCount(size)
      ? { type: 'offer', id, name: cleanFileName(name), size }
      : null,
  offered: () => ({ type: 'offered' }),
  accept: ({ id, offset }) => (isFileId(id) && isByteCount(offset) ? { type: 'accept', id, offset } : null),
  received: ({ id, offset }) => (isFileId(id) && isByteCount(offset) ? { type: 'received', id, offset } : null),
  end: ({ id, sha256 }) => (isFileId(id) && isSha256(sha256) ? { type: 'end', id, sha256 } : null),
  stored: ({ id }) => (isFileId(id) ? { type: 'stored', id } : null),
  cancel: ({ id, reason }) => (isFileId(id) && isReason(reason) ? { type: 'cancel', id, reason } : null),
}

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isKnownType = (type: unknown): type is FileMessage['type'] =>
  typeof type === 'string' && Object.hasOwn(parsers, type)
const isByteCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= contentLimits.fileBytes
const isSha256 = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
const isReason = (value: unknown): value is TransferEndReason => transferEndReasons.some((reason) => reason === value)
/** True for the id of a file: 16 hexadecimal digits in lower case. */
export const isFileId = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)

/** A piece of a file. */
export interface FileChunk {
  id: string
  /** The position of the first byte in the file. */
  offset: number
  /** The sender asks for `received`. */
  wantsAck: boolean
  bytes: Uint8Array<ArrayBuffer>
}

/** Id (8 bytes), flags (2 bytes; bit 0: `wantsAck`), offset (6 bytes). Numbers are big-endian. */
export const chunkHeaderBytes = 16

/** Encodes a chunk as a binary message: its header, then its bytes. */
export function encodeChunk({ id, offset, wantsAck, bytes }: FileChunk): ArrayBuffer {
  const message = new Uint8Array(chunkHeaderBytes + bytes.length)
  const view = new DataView(message.buffer)
  view.setUint32(0, Number.parseInt(id.slice(0, 8), 16))
  view.setUint32(4, Number.parseInt(id.slice(8), 16))
  view.setUint16(8, wantsAck ? 1 : 0)
  view.setUint16(10, Math.floor(offset / 2 ** 32))
  view.setUint32(12, offset % 2 ** 32)
  message.set(bytes, chunkHeaderBytes)
  return message.buffer
}

/** Parses a binary message without a copy; returns null if it has no bytes, or more than a chunk may have. */
export function parseChunk(message: ArrayBuffer): FileChunk | null {
  const length = message.byteLength - chunkHeaderBytes
  if (length < 1 || length > contentLimits.fileChunkBytes) return null
  const view = new DataView(message)
  return {
    id: hexadecimal(view.getUint32(0)) + hexadecimal(view.getUint32(4)),
    offset: view.getUint16(10) * 2 ** 32 + view.getUint32(12),
    wantsAck: (view.getUint16(8) & 1) === 1,
    bytes: new Uint8Array(message, chunkHeaderBytes),
  }
}

const hexadecimal = (word: number): string => word.toString(16).padStart(8, '0')
