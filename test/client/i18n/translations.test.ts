import { describe, expect, test } from 'vitest'
import { devices } from '../../../client/i18n/devices.en.ts'
import { en as texts } from '../../../client/i18n/en.ts'
import { type Language, languages, languageTraits } from '../../../client/i18n/language.ts'
import { noScript } from '../../../client/i18n/noScript.ts'
import { verification } from '../../../client/i18n/verification.en.ts'
import { translations } from '../../../client/languages/load.ts'
import type { FirstTexts, PageTexts } from '../../../client/languages/translation.ts'
import { en as call } from '../../../client/pages/call/texts/en.ts'
import { en as check } from '../../../client/pages/check/texts/en.ts'
import { en as diagnostics } from '../../../client/pages/diagnostics/texts/en.ts'
import { en as audio } from '../../../client/pages/audio/texts/en.ts'
import { en as door } from '../../../client/pages/door/texts/en.ts'
import { chartedMachines } from '../../../client/pages/statecharts/drawings.ts'
import { en as statecharts } from '../../../client/pages/statecharts/texts/en.ts'
import { en as inspector } from '../../../client/trace/stately/texts/en.ts'
import { describeMachine } from '../../../machines/statechart.ts'
import { renderTexts, type TextTree } from './textSamples.ts'

type AllTexts = FirstTexts & PageTexts & { noScript: string }

/** A pattern that no text of a language may contain, and its name. */
type Rule = readonly [name: string, pattern: RegExp]

interface Orthography {
  rules: readonly Rule[]
  /** Not a word of this language. Latin words of another script are names and codes. */
  english: RegExp
}

const straightQuotes: Rule = ['a straight quote', /["'`]/]
const threeDots: Rule = ['three dots', /\.\.\./]
const englishWords = /\b(the|your|you|they|their|this|with|from|press|wait|again|another|isn’t|can’t|server is)\b/i
/** Words of Latin letters that any language keeps: names, terms of RFCs and codes. */
const keptWords =
  /^(Duet|Wi-Fi|Chrome|Edge|Firefox|Safari|Host|Upgrade|Connection|coturn|Nonce|stately\.ai|Stately|Inspector|offer|answer|epoch|perfect|negotiation|polite|impolite|stalled|kitchen-table|static-auth-secret|example|example\.org|turn|turn\.example|transport|udp|about|config|media\.peerconnection\.enabled|true|embedded|https|trpc|kbit|ms|s|h|r|den|duet\.example|X[A-Z]+|[A-Z])$/
const latinSentence: RegExp = /[a-z’-]+ [a-z’-]+/

const orthographies: Readonly<Record<Language, Orthography>> = {
  en: { rules: [straightQuotes, threeDots, ['a foreign quote', /[„«»「」]/]], english: /(?!)/ },
  'zh-Hans': {
    rules: [
      straightQuotes,
      threeDots,
      ['a half-width mark after a Chinese character', /\p{Script=Han}[”）]?[,.!?:;]/u],
      ['a half-width parenthesis around Chinese', /\([^)]*\p{Script=Han}|\p{Script=Han}\(/u],
      ['a foreign quote', /[„«»「」]/],
      ['a formal address', /您/],
      // Intl writes 17毫秒, 17秒钟后, 23分钟后 and 5月. A sample stands for a Chinese word.
      [
        'Latin beside Chinese without a space',
        /(?<!\d)\p{Script=Han}(?!X[A-Z])[A-Za-z0-9]|(?<!X[A-Z]*)[A-Za-z0-9](?![毫秒分年月日 ])\p{Script=Han}/u,
      ],
      ['a space beside a full-width mark', /[，。：；？！、（）“”] (?!·)| [，。：；？！、（）]/],
      ['two spaces', / {2}/],
    ],
    english: latinSentence,
  },
  de: {
    rules: [
      straightQuotes,
      threeDots,
      ['a foreign quote', /[”«»「」]/],
      ['an unpaired quote', /^[^„“]*“|„[^“]*$|„[^“]*„/],
      ['an ellipsis without a space', /\S…/],
      // Pronouns of the formal address. A sentence may begin with „Sie“ or „Ihr“ about others.
      ['a formal address', /(?<![.!?:] |^)\b(Sie|Ihnen|Ihre?[mnrs]?)\b/],
    ],
    english: englishWords,
  },
  fr: {
    rules: [
      straightQuotes,
      threeDots,
      ['a foreign quote', /[“”„「」]/],
      ['no no-break space beside a guillemet', /«[^\u00A0]|[^\u00A0]»/],
      ['no no-break space before a colon', /(?<!\u00A0|https|turn):(?=\s)/],
      ['no narrow no-break space before ?, ! or ;', /[^\u202F«][?!;](?=\s|$)/u],
      ['a familiar address', /(?<!\p{L})(tu|toi|ton|tes)(?!\p{L})/iu],
    ],
    english: englishWords,
  },
  es: {
    rules: [
      straightQuotes,
      threeDots,
      ['a foreign quote', /[“”„「」]/],
      ['a space inside guillemets', /«\s|\s»/],
      ['an unopened question or exclamation', /^[^¿]+\?(?=\s|$)|^[^¡]*!(?=\s|$)/],
      ['a dash of English', /\s[–—]\s/],
      [
        'a formal address',
        /(?<!\p{L})(usted(es)?|espere|pruebe|recargue|abra su|elija|pulse|conecte|cuelgue|compruebe|escriba|comparta)(?!\p{L})/iu,
      ],
      [
        'a word of one region',
        /(?<!\p{L})(vos|vosotros|vuestr[oa]s?|tenés|podés|\p{L}+[áéí]is|móvil|celular|ordenador|computadora|vídeo)(?!\p{L})/iu,
      ],
    ],
    english: englishWords,
  },
  ja: {
    rules: [
      straightQuotes,
      threeDots,
      ['a foreign quote', /[“”„«»]/],
      [
        'a half-width mark after a Japanese character',
        /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー」）][,.!?:;]/u,
      ],
      [
        'a half-width parenthesis around Japanese',
        /\([^)]*[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]\(/u,
      ],
      // Intl writes 17.00秒. A sample stands for a Japanese word.
      [
        'Latin beside Japanese without a space',
        /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー](?!X[A-Z])[A-Za-z0-9]|(?<!X[A-Z]*)[A-Za-z0-9](?!秒)[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u,
      ],
      ['a space beside a full-width mark', /[、。：；？！（）「」] (?!·|→)|(?<!→) [、。：；？！（）「」]/],
      ['two spaces', / {2}/],
      // Sentences end in です, ます, ました, ません or ください.
      ['the plain style', /(?<![でま])す。|(?<!まし|でし)た。|(?<!くださ)い。|[るだくぐつぬむぶ]。/],
      ['a pronoun for the person', /あなた|貴方|お客様|君/],
    ],
    english: latinSentence,
  },
  pt: {
    rules: [
      straightQuotes,
      threeDots,
      ['a foreign quote', /[„«»「」]/],
      ['an unpaired quote', /^[^“”]*”|“[^”]*$|“[^”]*“/],
      ['a dash of English', /\s[–—]\s/],
      ['another address than você', /(?<!\p{L})(tu|teus?|tuas?|te|ti|contigo|o senhor|a senhora|vós|vosso)(?!\p{L})/iu],
      [
        'a word of European Portuguese',
        /(?<!\p{L})(ecrã|ficheiros?|utilizador(es)?|partilh\p{L}+|telemóvel|separador|câmara|definições|est(á|ão|ás) a \p{L}+r)(?!\p{L})/iu,
      ],
    ],
    english: englishWords,
  },
}

const english: AllTexts = {
  texts,
  call,
  audio,
  door,
  check,
  verification,
  diagnostics,
  statecharts,
  inspector,
  noScript: noScript.en,
  machines: Object.fromEntries(
    Object.entries(chartedMachines).map(([name, machine]) => [name, describeMachine(machine)]),
  ) as AllTexts['machines'],
}
const renderedEnglish = renderTexts(english as unknown as TextTree)

/** Numbers, settings, codes and samples. A translation must contain them, too. */
const fixedParts = (text: string): string[] =>
  [
    ...text.matchAll(
      /\d+(?:[.:]\d+)*|DUET_[A-Z_]+|X[A-Z]{2,}|\b[A-Z]{3,}[A-Za-z]*\b|https?:\/\/|stately\.ai|\b[a-z]+(?:[-.][a-z]+){2,}/g,
    ),
  ]
    .map(([part]) => part)
    .filter((part) => !unfixed.has(part))
    .sort()
/** A unit that `Intl` writes in the language, and words that only look like codes. */
const unfixed = new Set(['plug-it-in'])

const load = async (language: keyof typeof translations): Promise<AllTexts> => {
  const [{ first }, { pages }] = await Promise.all([translations[language].first(), translations[language].pages()])
  return { ...first, ...pages, noScript: noScript[language] }
}

describe.each(Object.keys(translations) as (keyof typeof translations)[])('%s', (language) => {
  const { rules, english: foreign } = orthographies[language]
  const loaded = load(language).then((all) => ({ all, rendered: renderTexts(all as unknown as TextTree) }))

  test('names itself', async () => {
    expect((await loaded).all.texts.language).toBe(language)
    expect(languageTraits[language].name).toMatch(/^\p{Lu}|^\p{Lo}/u)
  })

  test('has every text, in the order of the English ones', async () => {
    const { all } = await loaded
    const paths = (tree: TextTree): string[] => [...renderTexts(tree).keys()]
    expect(paths(all as unknown as TextTree).filter((path) => !renderedEnglish.has(path))).toEqual([])
    const { rendered } = await loaded
    const missing = [...renderedEnglish].filter(([path, text]) => text !== '' && !rendered.get(path))
    expect(missing.map(([path]) => path)).toEqual([])
    expect(Object.keys(all.texts)).toEqual(Object.keys(texts))
    expect(Object.keys(all.texts.call)).toEqual(Object.keys(texts.call))
    expect(Object.keys(all.texts.devices)).toEqual(Object.keys(devices))
  })

  test('keeps numbers, settings and codes', async () => {
    const { rendered } = await loaded
    const wrong = [...renderedEnglish].flatMap(([path, text]) => {
      const translated = rendered.get(path) ?? ''
      const lost = fixedParts(text).filter(
        (part) => ![part, part.replace('.', ',')].some((each) => translated.includes(each)),
      )
      return lost.length > 0 ? [`${path}: ${lost.join()} is missing in: ${translated}`] : []
    })
    expect(wrong).toEqual([])
  })

  test('has no English sentence', async () => {
    const { rendered } = await loaded
    const left = [...rendered].filter(([, text]) => isEnglish(text, foreign))
    expect(left).toEqual([])
  })

  test.each(rules)('has no text with %s', async (_, pattern) => {
    const { rendered } = await loaded
    expect([...rendered].filter(([path, text]) => path !== 'texts.language' && pattern.test(text))).toEqual([])
  })
})

/** Removes kept words, then finds English ones. */
const isEnglish = (text: string, foreign: RegExp): boolean =>
  foreign.test(
    text
      .split(/(?<![A-Za-z.-])|(?![A-Za-z.-])/)
      .map((word) => (keptWords.test(word.replace(/[.-]$/, '')) ? '' : word))
      .join(''),
  )

test('English has the punctuation of English', () => {
  const wrong = orthographies.en.rules.flatMap(([name, pattern]) =>
    [...renderedEnglish].filter(([, text]) => pattern.test(text)).map(([path, text]) => `${name}: ${path}: ${text}`),
  )
  expect(wrong).toEqual([])
})

test.each<[Language, fault: string, text: string]>([
  ['es', 'a straight quote', 'Pulsa "Reintentar".'],
  ['es', 'a foreign quote', 'Pulsa “Reintentar”.'],
  ['es', 'a space inside guillemets', 'Pulsa « Reintentar ».'],
  ['es', 'an unopened question or exclamation', 'Quién es?'],
  ['es', 'a dash of English', 'No se pudo copiar – selecciona el enlace'],
  ['es', 'a formal address', 'Espere un minuto.'],
  ['es', 'a word of one region', 'Ya podéis entrar.'],
  ['ja', 'a half-width mark after a Japanese character', 'もう一度お試しください.'],
  ['ja', 'a half-width parenthesis around Japanese', '安全な (https の) ページです。'],
  ['ja', 'Latin beside Japanese without a space', 'QRコードを表示'],
  ['ja', 'a space beside a full-width mark', 'サーバー： エラー'],
  ['ja', 'the plain style', 'もう一度試す。'],
  ['ja', 'the plain style', '席が空いた。'],
  ['ja', 'the plain style', '通話である。'],
  ['ja', 'a pronoun for the person', 'あなたの映像'],
  ['pt', 'a foreign quote', 'Clique em «Ampliar».'],
  ['pt', 'an unpaired quote', 'Clique em “Ampliar.'],
  ['pt', 'another address than você', 'O teu navegador bloqueou a janela'],
  ['pt', 'a word of European Portuguese', 'Partilhar ecrã'],
  ['pt', 'a word of European Portuguese', 'A chamada está a reconectar'],
])('%s: the rules find %s', (language, fault, text) => {
  const found = orthographies[language].rules.filter(([, pattern]) => pattern.test(text))
  expect(found.map(([name]) => name)).toEqual([fault])
})

test('every language has an orthography and a translation', () => {
  expect(Object.keys(orthographies)).toEqual([...languages])
  expect(['en', ...Object.keys(translations)]).toEqual([...languages])
})
