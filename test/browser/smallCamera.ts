import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [width, height] = [160, 120]
/** Frames until the picture repeats, and frames per second. */
const [frameCount, framesPerSecond] = [20, 10]
const barWidth = width / frameCount

/**
 * A small fake camera with a moving picture. In a small window Chromium's own camera costs 1.4 times as much CPU
 * per call.
 */
export class SmallCamera {
  readonly #folder = mkdtempSync(join(tmpdir(), 'duet-camera-'))
  /** A file of raw frames (YUV4MPEG2) that Chromium plays in a loop. */
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

  /** Removes the file. Call it after the browser has ended. */
  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }
}

/**
 * A bright bar on a dark ground that moves right and changes colour. The planes are Y, then U and V for each four
 * pixels.
 */
function renderFrame(at: number): Buffer {
  const bright = Buffer.alloc(width * height, 40)
  for (let row = 0; row < height; row++)
    bright.fill(220, row * width + at * barWidth, row * width + (at + 1) * barWidth)
  const quarter = (width * height) / 4
  return Buffer.concat([bright, Buffer.alloc(quarter, 80 + at * 5), Buffer.alloc(quarter, 150)])
}
