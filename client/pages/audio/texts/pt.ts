import { formatPercent } from '../../../i18n/format.ts'
import type { AudioTexts } from '../texts.ts'

export const audio: AudioTexts = {
  title: 'Som',
  volume: (name) => (name ? `Volume de ${name}` : 'Volume da outra pessoa'),
  percent: (percent) => formatPercent('pt', percent),
  testSpeaker: 'Testar o alto-falante',
  testMicrophone: 'Testar o microfone',
  stopTest: 'Parar o teste',
  testNote: 'Você continua sem som. Só você vê este nível.',
  filters: {
    echoCancellation: 'Cancelamento de eco',
    noiseSuppression: 'Supressão de ruído',
    autoGainControl: 'Volume automático',
  },
  music: 'Modo música',
  musicNote: 'Envia instrumentos sem filtro e com mais qualidade. Use fones de ouvido.',
  mutedHint: 'Avisar quando eu falar sem som',
  mutedHintNote: 'Esta página então escuta enquanto você está sem som. Ela não envia nada.',
  pushToTalk: 'Apertar para falar',
  pushToTalkNote: 'Sem som, segure a barra de espaço ou o botão para falar.',
  holdToTalk: 'Segure para falar',
  muted: 'Você está sem som.',
  silent: 'Seu microfone está em silêncio.',
  silentAdvice: 'Verifique o botão dele ou escolha outro em “Dispositivos”.',
  dismiss: 'Fechar',
}
