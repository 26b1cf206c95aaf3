import type { IncomingHttpHeaders } from 'node:http'
import { createLanguageMatcher } from '../../machines/protocol/languageMatch.ts'
import type { PublicUrl } from '../config/publicUrl.ts'
import { addHeaders, createStaticFile, type StaticFile } from './fileCache.ts'
import { parseAcceptLanguage } from './qualities.ts'

/** The page in English. The same page in another language is `/index.<tag>.html`. */
const englishPath = '/index.html'
const translatedPath = /^\/index\.([\w-]+)\.html$/

/** True for the page in a language other than English. It has no path of its own. */
export const isTranslatedPage = (path: string): boolean => translatedPath.test(path)

export interface PageVariants {
  english: StaticFile
  /** Returns the page in the best language for `Accept-Language`. It has `Vary`, so a cache keeps them apart. */
  choose(headers: IncomingHttpHeaders): StaticFile
}

/** Settings that the page contains. */
export interface PageOptions {
  /** `DUET_PUBLIC_URL`. Without it the page has no preview image, because that needs an absolute URL. */
  publicUrl?: Pick<PublicUrl, 'origin' | 'pathPrefix'>
  /** Pages that may embed a room. The page in a frame talks to no other (client/embedding/hostChannel.ts). */
  frameAncestors?: readonly string[]
}

/**
 * Finds the page in each of its languages, and makes its links absolute.
 * @returns undefined if the client is not built
 */
export function loadPageVariants(
  files: ReadonlyMap<string, StaticFile>,
  options: PageOptions,
): PageVariants | undefined {
  const built = files.get(englishPath)
  if (!built) return undefined
  const translated = [...files].flatMap(([path, file]) => {
    const [, tag] = translatedPath.exec(path) ?? []
    return tag === undefined ? [] : [[tag, file] as const]
  })
  const english = completePage(built, options)
  if (translated.length === 0) return { english, choose: () => english }
  const pages = new Map(
    [['en', built] as const, ...translated].map(([tag, file]) => [
      tag,
      addHeaders(completePage(file, options), { Vary: 'Accept-Encoding, Accept-Language', 'Content-Language': tag }),
    ]),
  )
  const match = createLanguageMatcher(['en', ...translated.map(([tag]) => tag)])
  return { english, choose: (headers) => pages.get(match(parseAcceptLanguage(headers['accept-language']))) ?? english }
}

/**
 * The page is served at many paths, so its relative links such as `./assets/app.js` become absolute. Readers of Open
 * Graph tags accept only whole URLs.
 */
function completePage(page: StaticFile, { publicUrl, frameAncestors = [] }: PageOptions): StaticFile {
  const html = page.identity.body.toString()
  const { origin = '', pathPrefix = '' } = publicUrl ?? {}
  const linked = html.replaceAll(/ (src|href)="\.\//g, ` $1="${pathPrefix}/`)
  const withPreview = publicUrl
    ? linked.replaceAll(/ content="\.\//g, ` content="${origin}${pathPrefix}/`)
    : linked.replaceAll(/\n *<meta property="og:image(:\w+)?" [^>]*>/g, '')
  const complete =
    frameAncestors.length > 0
      ? withPreview.replace(
          '</title>',
          `</title>\n    <meta name="frame-ancestors" content="${frameAncestors.join(' ')}" />`,
        )
      : withPreview
  return complete === html ? page : createStaticFile(englishPath, Buffer.from(complete))
}
