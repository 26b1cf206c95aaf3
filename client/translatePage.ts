import type { Plugin } from 'vite'
import { en } from './i18n/en.ts'
import { type Language, languageTraits } from './i18n/language.ts'
import { noScript } from './i18n/noScript.ts'
import type { Texts } from './i18n/texts.ts'
import { translations } from './languages/load.ts'

/**
 * Writes `index.html` in each language, as `index.<tag>.html`: crawlers and browsers without JavaScript read nothing
 * else. The server selects one by `Accept-Language` (`server/http/pageVariants.ts`). Each links to a manifest in its language.
 * @param manifest the English manifest, as text
 */
export function translatePagePlugin(manifest: string): Plugin {
  return {
    name: 'duet-translate-page',
    apply: 'build',
    generateBundle: {
      order: 'post',
      async handler(_, bundle) {
        const page = bundle['index.html']
        if (page?.type !== 'asset') throw new Error('the build has no index.html')
        const files = [...(await translatePages(String(page.source))), ...(await translateManifests(manifest))]
        for (const [fileName, source] of files) this.emitFile({ type: 'asset', fileName, source })
      },
    },
  }
}

/**
 * Returns the page in each language but English, by file name.
 * @param html the English page
 * @throws {Error} if the page lacks an English text, because it would stay English
 */
export async function translatePages(html: string): Promise<ReadonlyMap<string, string>> {
  const pages = Object.entries(translations).map(async ([tag, { first }]) => {
    const { texts } = (await first()).first
    return [`index.${tag}.html`, translatePage(html, tag as Language, texts)] as const
  })
  return new Map(await Promise.all(pages))
}

/**
 * Returns the manifest in each language but English, by file name (members `lang` and `dir` of W3C Web Application Manifest).
 * @param manifest the English manifest
 */
export async function translateManifests(manifest: string): Promise<ReadonlyMap<string, string>> {
  const english = JSON.parse(manifest) as Record<string, unknown>
  const manifests = Object.entries(translations).map(async ([tag, { first }]) => {
    const { texts } = (await first()).first
    const { direction } = languageTraits[tag as Language]
    const translated = { ...english, lang: tag, dir: direction, description: texts.home.about }
    return [manifestName(tag), JSON.stringify(translated)] as const
  })
  return new Map(await Promise.all(manifests))
}

const manifestName = (tag: string): string => `manifest.${tag}.webmanifest`

const translatePage = (html: string, language: Language, texts: Texts): string =>
  [
    ['<html lang="en">', `<html lang="${language}" dir="${languageTraits[language].direction}">`],
    [en.titles.home, texts.titles.home],
    [en.home.about, texts.home.about],
    [noScript.en, noScript[language]],
    ['manifest.webmanifest', manifestName(language)],
  ].reduce((page, [from = '', to = '']) => {
    if (!page.includes(from)) throw new Error(`index.html does not contain: ${from}`)
    return page.replaceAll(from, to)
  }, html)
