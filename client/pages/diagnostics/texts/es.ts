import { formatElapsed, formatNumber, formatPercent, formatUnit } from '../../../i18n/format.ts'
import type { DiagnosticsTexts } from '../texts.ts'

export const diagnostics: DiagnosticsTexts = {
  title: 'Diagnóstico',
  about: 'Averigua por qué algo no funciona.',
  close: 'Cerrar el diagnóstico',
  machines: 'Máquinas de estados',
  names: {
    membership: 'Participación',
    room: 'Sala',
    signaling: 'Conexión con el servidor',
    call: 'Llamada',
    verification: 'Código de seguridad',
    microphone: 'Micrófono',
    camera: 'Cámara',
    screen: 'Pantalla compartida',
    statusBanner: 'Aviso de estado',
    quality: 'Calidad',
    preparation: 'Conexión antes de la llamada',
    transfer: 'Transferencia de archivo',
    microphoneHint: 'Aviso del micrófono',
    pushToTalk: 'Pulsar para hablar',
    chat: 'Chat',
  },

  connectionPath: {
    title: 'Conexión',
    none: 'Ahora no hay conexión.',
    direct: (protocol) => `Directa, por ${protocol}`,
    relayed: (protocol) => `Retransmitida, por ${protocol}`,
    roundTrip: 'Tiempo de ida y vuelta',
    milliseconds: (count) => formatUnit('es', 'millisecond', count),
    quality: 'Calidad',
    inbound: 'Recibido',
    outbound: 'Enviado',
    lossAndRate: (loss, rate) =>
      rate === null ? `${loss} perdido` : `${loss} perdido, ${formatNumber('es', rate)} kbit/s`,
    percent: (share) => formatPercent('es', share),
    unmeasured: '?',
    jitter: 'Fluctuación (jitter)',
    reconnects: 'Reconexiones',
    reconnectCounts: (attempts, restarts) =>
      `${restarts} ${restarts === 1 ? 'reinicio' : 'reinicios'} de ICE en el último minuto (${attempts} sin éxito)`,
    localEnd: 'Dirección local',
    remoteEnd: 'Dirección remota',
    endpoints: { host: 'propia', srflx: 'vista por STUN', prflx: 'vista por el otro extremo', relay: 'retransmisión' },
    privacyNote: 'Las direcciones solo se muestran aquí. Las trazas nunca las contienen.',
  },

  events: {
    title: 'Eventos',
    about: 'Los más recientes primero.',
    none: 'Nada todavía.',
    placeFilter: 'Mostrar eventos de',
    all: 'Todos',
    places: { here: 'Tú', there: 'La otra persona', server: 'Servidor' },
    noneFromPlace: 'Aún no se recibió nada de la otra persona.',
    elapsed: (ms) => formatElapsed('es', ms),
  },

  saveTrace: 'Guardar traza',
  saveNote:
    'Contiene estados y eventos, pero no direcciones, claves ni nombres. Puedes enviarla sin riesgo a quien te ayude.',
  openStatecharts: 'Mostrar máquinas de estados',
}
