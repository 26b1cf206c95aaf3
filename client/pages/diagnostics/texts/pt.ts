import { formatElapsed, formatNumber, formatPercent, formatUnit } from '../../../i18n/format.ts'
import type { DiagnosticsTexts } from '../texts.ts'

export const diagnostics: DiagnosticsTexts = {
  title: 'Diagnóstico',
  about: 'Descubra por que algo não funciona.',
  close: 'Fechar o diagnóstico',
  machines: 'Máquinas de estados',
  names: {
    membership: 'Participação',
    room: 'Sala',
    signaling: 'Conexão com o servidor',
    call: 'Chamada',
    verification: 'Código de segurança',
    microphone: 'Microfone',
    camera: 'Câmera',
    screen: 'Tela compartilhada',
    statusBanner: 'Aviso de status',
    quality: 'Qualidade',
    preparation: 'Conexão antes da chamada',
    transfer: 'Transferência de arquivo',
    microphoneHint: 'Aviso do microfone',
    pushToTalk: 'Apertar para falar',
    chat: 'Chat',
  },

  connectionPath: {
    title: 'Conexão',
    none: 'Sem conexão no momento.',
    direct: (protocol) => `Direta, por ${protocol}`,
    relayed: (protocol) => `Retransmitida, por ${protocol}`,
    roundTrip: 'Tempo de ida e volta',
    milliseconds: (count) => formatUnit('pt', 'millisecond', count),
    quality: 'Qualidade',
    inbound: 'Recebido',
    outbound: 'Enviado',
    lossAndRate: (loss, rate) =>
      rate === null ? `${loss} perdidos` : `${loss} perdidos, ${formatNumber('pt', rate)} kbit/s`,
    percent: (share) => formatPercent('pt', share),
    unmeasured: '?',
    jitter: 'Variação (jitter)',
    reconnects: 'Reconexões',
    reconnectCounts: (attempts, restarts) =>
      `${restarts} ${restarts === 1 ? 'reinício' : 'reinícios'} de ICE no último minuto (${attempts} com falha)`,
    localEnd: 'Endereço local',
    remoteEnd: 'Endereço remoto',
    endpoints: { host: 'próprio', srflx: 'visto por STUN', prflx: 'visto pelo outro lado', relay: 'retransmissão' },
    privacyNote: 'Os endereços aparecem só aqui. Os rastros nunca os contêm.',
  },

  events: {
    title: 'Eventos',
    about: 'Os mais recentes primeiro.',
    none: 'Nada ainda.',
    placeFilter: 'Mostrar eventos de',
    all: 'Todos',
    places: { here: 'Você', there: 'A outra pessoa', server: 'Servidor' },
    noneFromPlace: 'Nada recebido da outra pessoa ainda.',
    elapsed: (ms) => formatElapsed('pt', ms),
  },

  saveTrace: 'Salvar rastro',
  saveNote:
    'Contém estados e eventos, mas nenhum endereço, chave ou nome. Você pode enviá-lo com segurança a quem ajuda você.',
  openStatecharts: 'Mostrar máquinas de estados',
}
