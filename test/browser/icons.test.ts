import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { BrowserFixture } from './browserFixture.ts'
import { decodeIco, encodeIco } from './ico.ts'

/**
 * The icons of the browser, of home screens and of link previews show the current logo. The page names them and its font.
 * `ICONS=write` renders them again after a change of the logo.
 */

const test = needs('chromium')
const isWriting = process.env.ICONS === 'write'
const client = new URL('../../client/', import.meta.url)
const icons = [
  ['apple-touch-icon.png', 'brand/square.svg', 180, 180],
  ['icon-192.png', 'public/duet.svg', 192, 192],
  ['icon-512.png', 'public/duet.svg', 512, 512],
  ['icon-maskable-512.png', 'brand/square.svg', 512, 512],
  ['preview.png', 'brand/preview.svg', 1200, 630],
] as const
const faviconSizes = [16, 32, 48]
/** Mean difference of a color channel, of 255. Releases of a browser smooth edges differently. */
const maxMeanDifference = 2

const fixture = new BrowserFixture()

test('headings have the font that the page preloads, which is loaded once', async () => {
  const user = await fixture.chromium()
  await user.openPath('/')
  const { tab } = user
  await tab.page.locator('h1').waitFor()
  const found = await tab.run(async () => {
    await document.fonts.ready
    const { fontFamily } = getComputedStyle(document.querySelector('h1')!)
    const preloaded = document.querySelector<HTMLLinkElement>('link[rel=preload]')!.href
    const loaded = [...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family)
    return { fontFamily, preloaded, loaded }
  }, null)
  expect(found.fontFamily).toMatch(/^"Figtree Variable"/)
  expect(found.loaded.map((family) => family.replaceAll('"', ''))).toEqual(['Figtree Variable'])
  expect(tab.requestedUrls.filter((url) => url.endsWith('.woff2'))).toEqual([found.preloaded])
})

describe('icons', () => {
  test.each(icons)('%s shows %s', async (name, source, width, height) => {
    const { page } = (await fixture.chromium()).tab
    const path = new URL(`public/${name}`, client)
    const svg = readFileSync(new URL(source, client), 'utf8')
    if (isWriting) writeFileSync(path, toPng(await page.evaluate(render, { svg, width, height })))
    expect(await page.evaluate(compare, { svg, png: toUrl(readFileSync(path)), width, height })).toBeLessThan(
      maxMeanDifference,
    )
  })

  test('favicon.ico shows the logo in each size', async () => {
    const { page } = (await fixture.chromium()).tab
    const path = new URL('public/favicon.ico', client)
    const svg = readFileSync(new URL('public/duet.svg', client), 'utf8')
    if (isWriting) {
      const images = []
      for (const size of faviconSizes)
        images.push({ size, png: toPng(await page.evaluate(render, { svg, width: size, height: size })) })
      writeFileSync(path, encodeIco(images))
    }
    const images = decodeIco(readFileSync(path))
    expect(images.map(({ size }) => size)).toEqual(faviconSizes)
    for (const { size, png } of images)
      expect(await page.evaluate(compare, { svg, png: toUrl(png), width: size, height: size })).toBeLessThan(
        maxMeanDifference,
      )
  })

  test('another picture fails the comparison', async () => {
    const { page } = (await fixture.chromium()).tab
    const svg = readFileSync(new URL('public/duet.svg', client), 'utf8')
    const swapped = svg.replace('#86d7b8', '#ffb37a')
    const png = await page.evaluate(render, { svg: swapped, width: 32, height: 32 })
    expect(await page.evaluate(compare, { svg, png, width: 32, height: 32 })).toBeGreaterThan(maxMeanDifference)
  })

  test('every icon that the page and its manifest name is served with its type and size', async () => {
    const user = await fixture.chromium()
    await user.openPath('/')
    const found = await user.tab.page.evaluate(async () => {
      const links = [...document.querySelectorAll<HTMLLinkElement>('link[rel~=icon], link[rel=apple-touch-icon]')]
      const manifestUrl = document.querySelector<HTMLLinkElement>('link[rel=manifest]')!.href
      const response = await fetch(manifestUrl)
      const { icons: listed } = (await response.json()) as { icons: { src: string; sizes: string }[] }
      const urls = [
        ...links.map(({ href, sizes }) => [href, sizes.value] as const),
        ...listed.map(({ src, sizes }) => [new URL(src, manifestUrl).href, sizes] as const),
      ]
      const images = await Promise.all(
        urls.map(async ([url, sizes]) => {
          const image = new Image()
          image.src = url
          await image.decode()
          return { path: new URL(url).pathname, sizes, width: image.naturalWidth }
        }),
      )
      return { manifestType: response.headers.get('content-type'), images }
    })
    expect(found.manifestType).toBe('application/manifest+json')
    expect(found.images).toHaveLength(7)
    for (const { path, sizes, width } of found.images)
      if (path.endsWith('.png') && sizes) expect([path, `${width}x${width}`]).toEqual([path, sizes])
  })
})

const toUrl = (png: Uint8Array): string => `data:image/png;base64,${Buffer.from(png).toString('base64')}`
const toPng = (url: string): Buffer => Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')

interface Drawing {
  svg: string
  /** Size in pixels. */
  width: number
  height: number
}

/** Runs in the page. Returns the drawing as the data URL of a PNG. */
async function render({ svg, width, height }: Drawing): Promise<string> {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  const image = new Image(width, height)
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`
  await image.decode()
  canvas.getContext('2d')!.drawImage(image, 0, 0, width, height)
  return canvas.toDataURL('image/png')
}

/** Runs in the page. Returns the mean difference of the drawing and a PNG, of 255; 255 if the size differs. */
async function compare({ svg, png, width, height }: Drawing & { png: string }): Promise<number> {
  const read = async (url: string): Promise<Uint8ClampedArray | null> => {
    const image = new Image()
    image.src = url
    await image.decode()
    if (url === png && (image.naturalWidth !== width || image.naturalHeight !== height)) return null
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width, height })
    const context = canvas.getContext('2d')!
    context.drawImage(image, 0, 0, width, height)
    return context.getImageData(0, 0, width, height).data
  }
  const drawn = await read(`data:image/svg+xml,${encodeURIComponent(svg)}`)
  const stored = await read(png)
  if (!drawn || !stored) return 255
  return drawn.reduce((sum, value, at) => sum + Math.abs(value - stored[at]!), 0) / drawn.length
}
