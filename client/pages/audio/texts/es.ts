import { formatPercent } from '../../../i18n/format.ts'
import type { AudioTexts } from '../texts.ts'

export const audio: AudioTexts = {
  title: 'Sonido',
  volume: (name) => (name ? `Volumen de ${name}` : 'Volumen de la otra persona'),
  percent: (percent) => formatPercent('es', percent),
  testSpeaker: 'Probar el altavoz',
  testMicrophone: 'Probar el micrófono',
  stopTest: 'Terminar la prueba',
  testNote: 'Sigues en silencio. Solo tú ves este nivel.',
  filters: {
    echoCancellation: 'Cancelación de eco',
    noiseSuppression: 'Supresión de ruido',
    autoGainControl: 'Volumen automático',
  },
  music: 'Modo música',
  musicNote: 'Envía los instrumentos sin filtro y con más calidad. Usa auriculares.',
  mutedHint: 'Avisarme si hablo en silencio',
  mutedHintNote: 'Esta página escucha entonces mientras estás en silencio. No envía nada.',
  pushToTalk: 'Pulsar para hablar',
  pushToTalkNote: 'En silencio, mantén la barra espaciadora o el botón para hablar.',
  holdToTalk: 'Mantén pulsado para hablar',
  muted: 'Estás en silencio.',
  silent: 'Tu micrófono no capta sonido.',
  silentAdvice: 'Revisa su interruptor o elige otro en «Dispositivos».',
  dismiss: 'Cerrar',
}
