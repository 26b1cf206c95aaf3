import { formatPercent } from '../../../i18n/format.ts'
import type { AudioTexts } from '../texts.ts'

export const audio: AudioTexts = {
  title: 'Ton',
  volume: (name) => (name ? `Lautstärke von ${name}` : 'Lautstärke der anderen Person'),
  percent: (percent) => formatPercent('de', percent),
  testSpeaker: 'Lautsprecher testen',
  testMicrophone: 'Mikrofon testen',
  stopTest: 'Test beenden',
  testNote: 'Du bist weiter stummgeschaltet. Nur du siehst diesen Pegel.',
  filters: {
    echoCancellation: 'Echounterdrückung',
    noiseSuppression: 'Rauschunterdrückung',
    autoGainControl: 'Automatische Lautstärke',
  },
  music: 'Musikmodus',
  musicNote: 'Sendet Instrumente ungefiltert und in höherer Qualität. Trag Kopfhörer.',
  mutedHint: 'Hinweis, wenn ich stummgeschaltet spreche',
  mutedHintNote: 'Diese Seite hört dann mit, während du stummgeschaltet bist. Sie sendet nichts.',
  pushToTalk: 'Push-to-talk',
  pushToTalkNote: 'Halte stummgeschaltet die Leertaste oder den Knopf, um zu sprechen.',
  holdToTalk: 'Zum Sprechen halten',
  muted: 'Du bist stummgeschaltet.',
  silent: 'Dein Mikrofon ist still.',
  silentAdvice: 'Prüfe seinen Schalter, oder wähle unter „Geräte“ ein anderes.',
  dismiss: 'Schließen',
}
