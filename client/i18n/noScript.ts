import type { Language } from './language.ts'

/** The text of a page without JavaScript. Only the build reads it. */
export const noScript: Readonly<Record<Language, string>> = {
  en: 'Duet needs JavaScript, because your browser makes the call itself. Turn it on and reload.',
  'zh-Hans': 'Duet 需要 JavaScript，因为通话由你的浏览器直接建立。请启用后重新加载。',
  de: 'Duet braucht JavaScript, weil dein Browser den Anruf selbst aufbaut. Schalte es ein und lade die Seite neu.',
  fr: 'Duet a besoin de JavaScript, car votre navigateur établit lui-même l’appel. Activez-le et rechargez la page.',
  es: 'Duet necesita JavaScript, porque tu navegador hace la llamada por sí mismo. Actívalo y recarga la página.',
  ja: 'Duet には JavaScript が必要です。通話はブラウザが直接行います。有効にしてから再読み込みしてください。',
  pt: 'O Duet precisa do JavaScript, porque seu navegador faz a chamada por conta própria. Ative-o e recarregue a página.',
}
