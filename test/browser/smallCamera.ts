import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [width, height] = [160, 120]
/** Frames until it is as it was, and how many a second. */
const [frameCount, framesPerSecond] = [20, 10]
const barWidth = width / frameCount

/** In a small window a call with Chromium's own camera costs 1.4 times as much, to encode, decode and paint. This one moves, too. */
export class SmallCamera {
  readonly #folder = mkdtempSync(join(tmpdir(), 'duet-camera-'))
  /** A file of raw pictures (YUV4MPEG2), which Chromium shows again and again. */
  readonly path = join(this.#folder, 'bar.y4m')

  constructor() {
    const frames = Array.from({ length: frameCount }, (_, at) =>
      Buffer.concat([Buffer.from('FRAME\n'), renderFrame(at)]),
    )
    writeFileSync(
      this.path,
      Buffer.concat([
        Buffer.from(`YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420mpeg2\n`),
        ...frames,
      ]),
    )
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }
}

/** A bright bar on dark, which has gone further to the right, in a colour that changes: Y, then U and V for each four of it. */
function renderFrame(at: number): Buffer {
  const bright = Buffer.alloc(width * height, 40)
  for (let row = 0; row < height; row++)
    bright.fill(220, row * width + at * barWidth, row * width + (at + 1) * barWidth)
  const quarter = (width * height) / 4
  return Buffer.concat([bright, Buffer.alloc(quarter, 80 + at * 5), Buffer.alloc(quarter, 150)])
}
