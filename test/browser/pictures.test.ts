import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { needs } from '../needs.ts'
import type { BrowserUser } from './browserUser.ts'
import type { ChromiumTab } from './chromium.ts'
import { type Daytime, drawThem, drawYou } from './drawnFaces.ts'
import { FaceCamera, fromUrl } from './faceCamera.ts'
import { BrowserFixture } from './browserFixture.ts'

/** The README shows a call between two drawn people, by day and in the evening. `PICTURES=write` makes its pictures. */

const isWriting = process.env.PICTURES === 'write'
const folder = new URL('../../docs/pictures/', import.meta.url)
const viewport = { width: 1280, height: 800 }
const maxPictureBytes = 150_000
const pictures = [
  { name: 'call-light.webp', daytime: 'day', colorScheme: 'light' },
  { name: 'call-dark.webp', daytime: 'evening', colorScheme: 'dark' },
] as const

if (isWriting)
  describe('a call of two drawn people', () => {
    const fixture = new BrowserFixture()
    const cameras: FaceCamera[] = []
    afterAll(() => cameras.forEach((camera) => camera.remove()))

    needs('chromium', 'fonts').for(pictures)('is saved as $name', async ({ name, daytime, colorScheme }) => {
      const { page } = (await fixture.chromium()).tab
      const open = async (draw: (at: Daytime) => string): Promise<BrowserUser<ChromiumTab>> => {
        const camera = await FaceCamera.create(page, draw(daytime))
        cameras.push(camera)
        return fixture.chromium({
          camera: { path: camera.path },
          context: { viewport, colorScheme, reducedMotion: 'reduce' },
        })
      }
      const [ann, ben] = [await open(drawYou), await open(drawThem)]
      await ann.join('kitchen-table')
      await ann.waitForStates({ room: 'created' })
      await ben.join('kitchen-table')
      await ann.waitForStates({ room: 'full', call: 'connected' })
      await waitForSharpPicture(ann)
      await ann.tab.page.mouse.move(viewport.width / 2, viewport.height / 2)
      const png = await ann.tab.page.screenshot()
      mkdirSync(folder, { recursive: true })
      writeFileSync(new URL(name, folder), await toWebp(page, png))
      await ann.press('Hang up')
    })
  })

describe('the README', () => {
  test.each(pictures)('shows $name, of 1280×800 pixels and at most 150 KB', ({ name }) => {
    expect(readFileSync(new URL('../../README.md', import.meta.url), 'utf8')).toContain(`docs/pictures/${name}`)
    const bytes = readFileSync(new URL(name, folder))
    expect(bytes.length).toBeLessThanOrEqual(maxPictureBytes)
    expect(readWebpSize(bytes)).toEqual(viewport)
  })
})

/** Quantizer of VP8, 0 to 127: a picture below has no visible blocks. A still picture gets there in seconds. */
const sharpQuantizer = 12

/** Waits until the peer sends its full size without visible blocks, and the quality is known and good. */
async function waitForSharpPicture({ tab }: BrowserUser<ChromiumTab>): Promise<void> {
  await tab.page.locator('[data-quality=good]').waitFor()
  await expect
    .poll(
      async () => {
        const { width, quantizer } = await tab.run(readPicture, null)
        return width === 1280 && quantizer <= sharpQuantizer ? 'sharp' : `${width} pixels, quantizer ${quantizer}`
      },
      { interval: 2_000 },
    )
    .toBe('sharp')
}

/** Runs in the page. Returns the width of the peer's picture, and the mean quantizer of a second. */
async function readPicture(): Promise<{ width: number; quantizer: number }> {
  const read = async (): Promise<{ qpSum: number; framesDecoded: number }> => {
    const report = [...((await window.recordedConnections.at(-1)?.getStats()) ?? new Map()).values()]
    return report.find(({ type, kind, frameWidth }) => type === 'inbound-rtp' && kind === 'video' && frameWidth)
  }
  const before = await read()
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const now = await read()
  const width = document.querySelector<HTMLVideoElement>('[data-testid=remote-video]')?.videoWidth ?? 0
  return { width, quantizer: Math.round((now.qpSum - before.qpSum) / (now.framesDecoded - before.framesDecoded)) }
}

const toWebp = async (page: Page, png: Buffer): Promise<Buffer> =>
  fromUrl(
    await page.evaluate(
      async (url) => {
        const image = new Image()
        image.src = url
        await image.decode()
        const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
        canvas.getContext('2d')!.drawImage(image, 0, 0)
        return canvas.toDataURL('image/webp', 0.9)
      },
      `data:image/png;base64,${png.toString('base64')}`,
    ),
  )

/** Reads the size of a WebP picture in the extended format, which Chromium writes (RFC 9649 §2.7). */
function readWebpSize(bytes: Buffer): { width: number; height: number } {
  expect([bytes.toString('latin1', 0, 4), bytes.toString('latin1', 8, 16)]).toEqual(['RIFF', 'WEBPVP8X'])
  return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
}
