/** The properties of a drawing that the style sheet of the page sets. */
const styles = [
  'stroke-width',
  'stroke-dasharray',
  'font-size',
  'font-style',
  'font-weight',
  'paint-order',
  'text-anchor',
] as const

/** Generic fonts, because the file holds none. The text is stretched to its measured width. */
const fontFamily = "ui-monospace, 'SF Mono', 'Cascadia Mono', 'Roboto Mono', 'Noto Sans Mono', monospace"

const namespace = 'http://www.w3.org/2000/svg'

/**
 * Returns the shown drawing as an SVG file, with its colours and its marks. It needs no style sheet.
 * @param drawing the drawing in the page, because a style is computed there only
 * @param words the title and the description of the file
 */
export function drawingSvg(drawing: SVGSVGElement, words: { title: string; description: string }): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement
  const [originals, copies] = [drawing, copy].map((svg) => [...svg.querySelectorAll('*')]) as [Element[], Element[]]
  const toPlain = createColourReader()
  for (const [at, original] of originals.entries()) {
    const target = copies[at] as Element
    const computed = getComputedStyle(original)
    for (const name of ['class', 'role', 'tabindex', 'style']) target.removeAttribute(name)
    for (const name of target.getAttributeNames()) if (/^(aria|data)-/.test(name)) target.removeAttribute(name)
    if (!/^(rect|path|circle|text|marker)$/.test(target.tagName)) continue
    for (const name of styles) {
      const value = computed.getPropertyValue(name)
      if (value && !target.hasAttribute(name)) target.setAttribute(name, value)
    }
    for (const name of ['fill', 'stroke']) {
      const { colour, opacity } = toPlain(computed.getPropertyValue(name))
      target.setAttribute(name, colour)
      const given = Number(computed.getPropertyValue(`${name}-opacity`))
      if (opacity * given < 1) target.setAttribute(`${name}-opacity`, String(opacity * given))
    }
  }
  const [, , width = '0', height = '0'] = copy.getAttribute('viewBox')?.split(' ') ?? []
  for (const name of copy.getAttributeNames()) if (name !== 'viewBox') copy.removeAttribute(name)
  const attributes = { xmlns: namespace, width, height, role: 'img', 'font-family': fontFamily }
  for (const [name, value] of Object.entries(attributes)) copy.setAttribute(name, value)
  copy.prepend(
    createElement('title', {}, words.title),
    createElement('desc', {}, words.description),
    createElement('rect', {
      x: '-100%',
      y: '-100%',
      width: '300%',
      height: '300%',
      fill: toPlain(backgroundOf(drawing)).colour,
    }),
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`
}

function createElement(name: string, attributes: Record<string, string>, text = ''): SVGElement {
  const element = document.createElementNS(namespace, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.textContent = text
  return element
}

const backgroundOf = ({ parentElement }: Element): string =>
  parentElement ? getComputedStyle(parentElement).backgroundColor : '#ffffff'

interface PlainColour {
  colour: string
  /** 0 to 1. */
  opacity: number
}

/** Other programs do not read `color()` of CSS Color 4, so the browser paints one pixel with each colour. */
function createColourReader(): (colour: string) => PlainColour {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  const known = new Map<string, PlainColour>()
  const read = (colour: string): PlainColour => {
    if (!context || colour === 'none') return { colour, opacity: 1 }
    context.clearRect(0, 0, 1, 1)
    context.fillStyle = colour
    context.fillRect(0, 0, 1, 1)
    const [red, green, blue, alpha = 255] = context.getImageData(0, 0, 1, 1).data
    return { colour: `rgb(${red}, ${green}, ${blue})`, opacity: alpha / 255 }
  }
  return (colour) => {
    const plain = known.get(colour) ?? read(colour)
    known.set(colour, plain)
    return plain
  }
}
