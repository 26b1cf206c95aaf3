import { createLanguageMatcher } from '../../machines/protocol/languageMatch.ts'

/** A sentence in each language of the pages but English, by BCP 47 tag (client/i18n/language.ts). */
export type Translations = Readonly<Record<(typeof translatedTags)[number], string>>

/** Tags of the languages that a rejection page has besides English. */
export const translatedTags = ['zh-Hans', 'de', 'fr', 'es', 'ja', 'pt'] as const

/** Returns the best language of a rejection page for these BCP 47 tags, most wanted first. */
export const matchRejectionLanguage = createLanguageMatcher<'en' | (typeof translatedTags)[number]>([
  'en',
  ...translatedTags,
])

/** The sentences that a browser shows, because it requested a page. Programs read the other rejections. */
export const rejectionTexts = {
  noHost: {
    'zh-Hans': 'Host 标头缺失、格式错误或重复。',
    de: 'Der Host-Header fehlt, ist fehlerhaft oder kommt mehrmals vor.',
    fr: 'L’en-tête Host est absent, mal formé ou répété.',
    es: 'Falta el encabezado Host, no es válido o está repetido.',
    ja: 'Host ヘッダーがないか、形式が正しくないか、重複しています。',
    pt: 'O cabeçalho Host está ausente, malformado ou repetido.',
  },
  wrongHost: (name: string) => ({
    'zh-Hans': `此服务器不响应名称 ${name}。`,
    de: `Dieser Server antwortet nicht auf den Namen ${name}.`,
    fr: `Ce serveur ne répond pas au nom ${name}.`,
    es: `Este servidor no responde al nombre ${name}.`,
    ja: `このサーバーは ${name} という名前に応答しません。`,
    pt: `Este servidor não responde ao nome ${name}.`,
  }),
  overloaded: {
    'zh-Hans': '服务器有太多未应答的请求。请几秒后重试。',
    de: 'Der Server hat zu viele unbeantwortete Anfragen. Versuche es in einigen Sekunden noch einmal.',
    fr: 'Le serveur a trop de requêtes sans réponse. Réessayez dans quelques secondes.',
    es: 'El servidor tiene demasiadas solicitudes sin responder. Vuelve a intentarlo en unos segundos.',
    ja: 'サーバーに未応答のリクエストが多すぎます。数秒後にもう一度お試しください。',
    pt: 'O servidor tem solicitações demais sem resposta. Tente de novo em alguns segundos.',
  },
} as const satisfies Record<string, Translations | ((detail: string) => Translations)>

/** Introduces the advice, which is in English like the settings that it names. */
export const operatorLabel: Readonly<Record<'en' | keyof Translations, string>> = {
  en: 'For the operator:',
  'zh-Hans': '致服务器管理员：',
  de: 'Für den Betreiber:',
  fr: 'Pour l’administrateur :',
  es: 'Para quien administra el servidor:',
  ja: 'サーバーの管理者へ：',
  pt: 'Para quem administra o servidor:',
}
