/** One picture of an ICO file. */
export interface IcoImage {
  /** Width and height, in pixels; below 256. */
  size: number
  png: Buffer
}

const headerBytes = 6
const entryBytes = 16

/** Returns an ICO file with square PNG pictures. Source: the ICONDIR format of Windows. */
export function encodeIco(images: readonly IcoImage[]): Buffer {
  const header = Buffer.alloc(headerBytes + entryBytes * images.length)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(images.length, 4)
  let offset = header.length
  images.forEach(({ size, png }, index) => {
    const at = headerBytes + entryBytes * index
    header.writeUInt8(size, at)
    header.writeUInt8(size, at + 1)
    header.writeUInt16LE(1, at + 4)
    header.writeUInt16LE(32, at + 6)
    header.writeUInt32LE(png.length, at + 8)
    header.writeUInt32LE(offset, at + 12)
    offset += png.length
  })
  return Buffer.concat([header, ...images.map(({ png }) => png)])
}

/** Returns the pictures of an ICO file that `encodeIco` made. */
export function decodeIco(file: Buffer): IcoImage[] {
  return Array.from({ length: file.readUInt16LE(4) }, (_, index) => {
    const at = headerBytes + entryBytes * index
    const [length, offset] = [file.readUInt32LE(at + 8), file.readUInt32LE(at + 12)]
    return { size: file.readUInt8(at), png: file.subarray(offset, offset + length) }
  })
}
