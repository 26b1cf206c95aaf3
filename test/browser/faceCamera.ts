import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { pictureSize } from './drawnFaces.ts'

/** A fake camera that shows a still picture of 1280×720 pixels. Pass its `path` to Chromium as the camera. */
export class FaceCamera {
  readonly #folder = mkdtempSync(join(tmpdir(), 'duet-camera-'))
  /** A file of one JPEG frame (MJPEG) that Chromium repeats. */
  readonly path = join(this.#folder, 'face.mjpeg')

  /** @param page draws the picture; any page of a browser */
  static async create(page: Page, svg: string): Promise<FaceCamera> {
    const camera = new FaceCamera()
    writeFileSync(camera.path, fromUrl(await page.evaluate(draw, { svg, ...pictureSize })))
    return camera
  }

  /** Removes the file. Call it after the browser has ended. */
  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }
}

/** Returns the bytes of a data URL. */
export const fromUrl = (url: string): Buffer => Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')

/** Runs in a page. Returns the drawing as the data URL of a JPEG. */
async function draw({ svg, width, height }: { svg: string; width: number; height: number }): Promise<string> {
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  const image = new Image(width, height)
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`
  await image.decode()
  canvas.getContext('2d')!.drawImage(image, 0, 0, width, height)
  return canvas.toDataURL('image/jpeg', 0.95)
}
