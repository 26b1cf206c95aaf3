import type { CallEndReason } from '../../../machines/protocol/vocabulary.ts'
import type { QualityCause } from '../../../machines/status/qualityMachine.ts'
import type { HangupMessageReason, ErrorCode } from '../../../machines/protocol/messages.ts'
import type { MissingFeature } from '../../common/browserSupport.ts'
import type { UnreachableCause } from '../../signaling/serverReachability.svelte.ts'
import type { Browser } from '../browserName.ts'
import type { Texts } from '../texts.ts'
import type { UserMessage } from '../userMessage.ts'
import { devices } from './devices.ts'
import { named } from './named.ts'

const apiErrors: Record<ErrorCode, UserMessage> = {
  full: {
    title: 'Esta sala está cheia',
    advice: 'Já há duas pessoas aqui. Tente novamente quando uma delas sair ou crie outra sala.',
  },
  'ask-first': { title: 'Pedir para participar', advice: 'A pessoa que está nesta sala decide quem entra.' },
  locked: {
    title: 'Esta sala está bloqueada',
    advice: 'Peça à pessoa que está nela para desbloquear ou crie outra sala.',
  },
  'invalid-room-name': {
    title: 'Nome de sala inválido',
    advice: 'O nome tem até 64 letras e números. O link pode estar incompleto: peça-o novamente.',
  },
  'invalid-input': {
    title: 'O servidor não conseguiu ler esta solicitação',
    advice: 'Esta página pode estar desatualizada. Recarregue-a.',
  },
  'too-large': { title: 'Solicitação grande demais', advice: 'Recarregue a página e tente novamente.' },
  throttled: { title: 'Tentativas demais', advice: 'Espere um minuto e tente novamente.' },
  'server-full': {
    title: 'Este servidor está cheio',
    advice: 'Há chamadas demais em andamento. Tente novamente em alguns minutos.',
  },
  'not-joined': { title: 'Sua sessão expirou', advice: 'Tente novamente para voltar a participar.' },
  'seat-lost': {
    title: 'Você perdeu seu lugar',
    advice: 'Você ficou fora por muito tempo. Tente novamente: você poderá voltar se ainda houver lugar.',
  },
  'out-of-order': { title: 'Chamada fora de sincronia', advice: 'Tente novamente para reiniciar a chamada.' },
  unavailable: {
    title: 'O servidor está ocupado',
    advice: 'Ele não pode deixar ninguém entrar agora. Tente novamente em instantes.',
  },
  'not-found': { title: 'Esta página está desatualizada', advice: 'Recarregue-a para obter a versão atual.' },
  internal: { title: 'Algo deu errado no servidor', advice: 'Tente novamente. Os detalhes estão no log do servidor.' },
}

const callEndings: Record<CallEndReason, UserMessage> = {
  local: { title: 'Você desligou', advice: '' },
  remote: { title: 'A outra pessoa desligou', advice: '' },
  left: { title: 'A outra pessoa saiu', advice: '' },
  replaced: { title: 'Esta chamada mudou de lugar', advice: 'Ela está aberta em outra aba ou janela.' },
  failed: {
    title: 'Não foi possível conectar a chamada',
    advice: 'Um firewall pode estar bloqueando. Tente novamente, mude de rede ou faça o teste de conexão.',
  },
  lost: { title: 'A conexão caiu', advice: 'Um de vocês ficou sem rede. Seu lugar na sala está guardado.' },
}

const peerEndings: Record<HangupMessageReason, UserMessage> = {
  unsupported: {
    title: 'O navegador da outra pessoa não faz videochamadas',
    advice: 'Peça para ela abrir o link em outro navegador.',
  },
}

const weakConnectionAdvice: Record<QualityCause, (camera: { ours: boolean; theirs: boolean }) => string> = {
  outbound: ({ ours }) =>
    ours
      ? 'Sua conexão está fraca. Desativar sua câmera vai ajudar.'
      : 'Sua conexão está fraca. Tente chegar mais perto do Wi-Fi.',
  inbound: ({ theirs }) =>
    theirs
      ? 'A conexão da outra pessoa está fraca. Pode ajudar se ela desativar a câmera.'
      : 'A conexão da outra pessoa está fraca. Pode ajudar se ela chegar mais perto do Wi-Fi.',
  both: ({ ours, theirs }) =>
    ours || theirs
      ? 'A conexão está fraca nos dois sentidos. Desativar as câmeras vai ajudar.'
      : 'A conexão está fraca nos dois sentidos. Outra rede pode ajudar.',
  latency: () => 'O atraso está grande. Espere um pouco antes de responder.',
}

const operatorCan = 'A pessoa que administra este servidor pode'

const unreachableCauses: Record<UnreachableCause, string> = {
  offline: 'Você está sem conexão. O Duet vai se reconectar quando sua rede voltar.',
  silent: 'O servidor não responde. Ele pode estar reiniciando, ou sua rede pode estar bloqueando o acesso.',
  elsewhere: 'Outra coisa está respondendo no lugar do servidor. Se esta rede pede login, faça isso primeiro.',
  gateway: `O servidor por trás deste endereço não responde. ${operatorCan} verificar o log.`,
  busy: 'O servidor não pode aceitar mais conexões agora. O Duet vai continuar tentando.',
  host: `O servidor não está configurado para este endereço. ${operatorCan} definir DUET_PUBLIC_URL.`,
  origin: `O servidor não aceita páginas deste endereço. ${operatorCan} definir DUET_ALLOWED_ORIGINS.`,
  websocket:
    'O servidor responde, mas um proxy ou firewall bloqueia o WebSocket de que as chamadas precisam. Tente outra rede.',
}

const allowWebRtcAdvice: Record<Browser, string> = {
  chromium: 'Desative as extensões que bloqueiam o WebRTC e recarregue. Ou abra o link em outro navegador.',
  firefox:
    'Abra about:config, defina media.peerconnection.enabled como true e desative as extensões que bloqueiam o WebRTC. Depois, recarregue.',
  safari:
    'Desative para esta página o Modo de Isolamento e as extensões que bloqueiam o WebRTC e recarregue. Ou abra o link em outro navegador.',
  ios: 'Desative o Modo de Isolamento para esta página e recarregue ou abra o link no Safari.',
  other: 'Abra o link em uma versão atual do Chrome, Edge, Firefox ou Safari.',
}

const missingFeatures: Record<MissingFeature, (browser: Browser) => UserMessage> = {
  webrtc: (browser) => ({
    title: 'Este navegador não faz chamadas: o WebRTC não existe ou está bloqueado.',
    advice: allowWebRtcAdvice[browser],
  }),
  websocket: () => ({
    title: 'Este navegador não faz chamadas: o WebSocket não existe.',
    advice: allowWebRtcAdvice.other,
  }),
}

export const texts: Texts = {
  language: 'pt',
  name: 'Duet',
  diagnostics: 'Diagnóstico',
  languageMenu: 'Idioma',

  home: {
    title: 'Uma chamada a dois.',
    about: 'Videochamadas particulares para dois. Sem conta, sem download, sem empresa no meio.',
    startCall: 'Iniciar uma chamada',
    newRoomNote: 'Cria um link que ninguém consegue adivinhar.',
    nameLabel: 'Participar com um link ou nome',
    namePlaceholder: 'kitchen-table',
    go: 'Ir',
    nameNote: 'Maiúsculas e espaços não fazem diferença. Um nome curto é fácil de compartilhar e também de adivinhar.',
    nameEmpty: 'Digite um link ou nome ou inicie uma chamada.',
    nameInvalid: 'Esse nome de sala não é válido. Use até 64 letras, números, hifens ou pontos.',
    checkConnection: 'Testar a conexão',
    howItWorks: 'Como funciona',
  },

  titles: {
    home: 'Duet: uma chamada a dois',
    invalidRoomName: 'Nome de sala inválido · Duet',
    notFound: 'Página não encontrada · Duet',
    check: 'Teste de conexão · Duet',
    lobby: 'Tudo pronto? · Duet',
    joining: 'Entrando… · Duet',
    waiting: 'Aguardando · Duet',
    connecting: 'Conectando… · Duet',
    call: 'Em chamada · Duet',
    unauthenticatedPeer: 'Quem está aí? · Duet',
    reconnecting: 'Reconectando… · Duet',
    failed: 'A chamada falhou · Duet',
    ended: 'Chamada encerrada · Duet',
    rejected: 'Não é possível entrar · Duet',
    openInOtherTab: 'Aberta em outra aba · Duet',
    left: 'Você saiu · Duet',
  },

  lobby: {
    title: 'Tudo pronto para participar?',
    room: 'Sala',
    join: 'Participar',
    joinNote: (camera, microphone) => {
      if (camera && microphone) return 'A outra pessoa vai ver e ouvir você.'
      if (microphone) return 'A outra pessoa vai ouvir você, mas não ver.'
      if (camera) return 'A outra pessoa vai ver você, mas não ouvir.'
      return 'Você vai ver e ouvir a outra pessoa, mas ela não vai ver nem ouvir você.'
    },
    serverUnreachable: 'Não foi possível acessar o servidor. Tentando novamente: verifique sua conexão com a internet.',
    microphoneLevel: 'Nível do microfone',
    cameraRequested: 'Pedindo acesso à câmera…',
    cameraOff: 'Sua câmera está desativada',
  },

  devices,

  joining: { title: 'Entrando…', slow: 'Está demorando mais do que o normal…', cancel: 'Cancelar' },

  connecting: {
    title: 'Conectando…',
    peerPresent: 'A outra pessoa chegou: conectando vocês…',
    findingConnection: 'Procurando uma conexão…',
    retrying: (n, of) => `Ainda conectando… (tentativa ${n} de ${of})`,
    peerDisconnected: 'A outra pessoa está sem conexão. A chamada vai continuar quando ela voltar.',
    serverUnreachable: 'Não foi possível acessar o servidor. Tentando novamente: verifique sua conexão com a internet.',
  },

  invitation: {
    title: 'Ninguém mais chegou ainda',
    instruction: 'Compartilhe este link para convidar alguém.',
    link: 'Link desta sala',
    copy: 'Copiar link',
    copied: 'Copiado',
    copyFailed: 'Não foi possível copiar: selecione o link',
    shareLink: 'Compartilhar…',
    shareTitle: 'Participe da minha videochamada',
    showQrCode: 'Mostrar QR code',
    qrCodeLabel: (link) => `QR code de ${link}`,
    unusableElsewhere: 'Ninguém mais pode usar este link, porque os convites precisam de um endereço https.',
  },

  call: {
    title: 'Sua chamada',
    controls: 'Controles da chamada',
    mute: 'Silenciar',
    unmute: 'Ativar microfone',
    cameraOff: 'Desativar câmera',
    cameraOn: 'Ativar câmera',
    shareScreen: 'Compartilhar tela',
    stopSharing: 'Parar de compartilhar',
    devices: 'Dispositivos',
    room: 'Sala',
    closeRoom: 'Fechar',
    view: 'Exibição',
    flipCamera: 'Trocar de câmera',
    showOwnVideo: 'Mostrar seu vídeo',
    fullscreen: 'Tela cheia',
    exitFullscreen: 'Sair da tela cheia',
    hangUp: 'Desligar',
    fillScreen: 'Preencher a janela',
    showWhole: 'Ajustar à janela',
    playSound: 'Ativar som',
    playSoundNote: 'Seu navegador bloqueia o som até você tocar na página.',
    play: 'Reproduzir',
    playNote: 'Seu dispositivo pausou a chamada.',
    localVideo: 'Seu vídeo',
    remoteVideo: 'Vídeo da outra pessoa',
    remoteScreen: 'Tela da outra pessoa',
    localScreen: 'Sua tela',
    smallVideo: (video, corner) => `${video}, ${corner}. Pressione Enter para ampliar ou use as setas para mover.`,
    corners: {
      'top-left': 'no canto superior esquerdo',
      'top-right': 'no canto superior direito',
      'bottom-left': 'no canto inferior esquerdo',
      'bottom-right': 'no canto inferior direito',
    },
    remoteCameraOff: 'A câmera da outra pessoa está desativada',
    remoteMicrophoneOff: 'O microfone da outra pessoa está desativado',
    remoteScreenShared: 'A outra pessoa está compartilhando a tela',
    localScreenShared: 'Você está compartilhando sua tela',
    dataChannelFlooded:
      'A outra pessoa enviou dados demais, e o Duet parou de ler as mensagens dela. O som e o vídeo continuam.',
    diagnosticsViewed: 'A outra pessoa está vendo o diagnóstico desta chamada',
    screenShareFailed: (problemCode) =>
      problemCode === 'denied-by-system'
        ? {
            title: 'Seu sistema está bloqueando a gravação de tela para este navegador.',
            advice: 'Permita nas configurações de privacidade e compartilhe novamente.',
          }
        : {
            title: 'Não foi possível compartilhar sua tela.',
            advice: 'Clique em “Compartilhar tela” novamente ou escolha outra janela.',
          },
    microphoneNotSent: { muted: 'Sem microfone', failed: 'Sem som' },
    statusBanner: {
      transport: 'Reconectando…',
      localNetwork: 'Parece que você está sem conexão. Reconectando…',
      signaling: 'Não foi possível acessar o servidor. Tentando novamente…',
      peerDisconnected: 'A outra pessoa está se reconectando…',
      peerSignaling: 'A outra pessoa perdeu contato com o servidor. Sua chamada continua.',
      signalingDuringCall: 'O contato com o servidor caiu. Sua chamada continua.',
    },
    seatLost: (code) =>
      code === 'full'
        ? 'Outra pessoa ocupou seu lugar na sala. Sua chamada continua.'
        : 'O servidor não deixa você voltar à sala. Sua chamada continua.',
    retry: 'Tentar novamente',
    quality: {
      unknown: 'Verificando a conexão…',
      good: 'Conexão boa',
      fair: 'Conexão razoável',
      poor: 'Conexão fraca',
    },
    weakConnectionAdvice: (cause, camera) =>
      cause
        ? weakConnectionAdvice[cause](camera)
        : camera.ours
          ? 'A conexão está fraca. Desativar sua câmera vai ajudar.'
          : 'A conexão está fraca. Outra rede pode ajudar.',
  },

  named,

  announcements: {
    connected: 'Chamada conectada.',
    remoteMicrophone: (on) =>
      on ? 'O microfone da outra pessoa está ativado.' : 'O microfone da outra pessoa está desativado.',
    remoteCamera: (on) => (on ? 'A câmera da outra pessoa está ativada.' : 'A câmera da outra pessoa está desativada.'),
    localMicrophone: (on) => (on ? '' : 'Seu microfone está desativado.'),
    localCamera: (on) => (on ? '' : 'Sua câmera está desativada.'),
  },

  unauthenticatedPeer: {
    title: 'Outra pessoa pode ter entrado',
    advice:
      'A chamada foi interrompida, e talvez não seja a mesma pessoa. Ela não vai ver nem ouvir você até que você continue.',
    continue: 'Continuar',
    hangUp: 'Desligar',
  },

  callEnded: (reason) => callEndings[reason],
  endedByPeer: (reason) => peerEndings[reason],
  endedWithoutSeat: (reason) => ({
    title: callEndings[reason].title,
    advice: 'Seu lugar na sala foi cedido durante a chamada. Tente novamente para voltar a participar.',
  }),
  connectionLost: {
    localNetwork: 'Você ficou sem rede. Seu lugar na sala está guardado: tente novamente quando a rede voltar.',
    remoteNetwork:
      'A outra pessoa ficou sem rede. Os dois lugares na sala estão guardados: tente novamente em instantes.',
    unknown: 'Vocês dois acessam o servidor, mas não um ao outro. Tente novamente ou use outra rede.',
  },
  apiError: (code) => apiErrors[code],
  actions: { tryAgain: 'Tentar novamente', newRoom: 'Nova sala', checkConnection: 'Testar a conexão' },

  otherTab: { note: 'Você já está nesta sala em outra aba.', continueHere: 'Usar esta aba' },
  openInOtherTab: {
    title: 'Esta chamada mudou de lugar',
    advice: 'Ela está aberta em outra aba ou janela.',
    useHere: 'Usar esta aba',
  },
  left: { title: 'Você saiu', advice: 'A sala continua lá, e o link ainda funciona.', rejoin: 'Voltar a participar' },
  invalidRoomName: { goHome: 'Voltar ao início' },
  notFound: {
    title: 'Página não encontrada',
    advice: 'Esta página não existe. O link pode estar incompleto.',
    goHome: 'Voltar ao início',
  },
  unreachable: (cause) => unreachableCauses[cause],
  missingFeature: (what, browser) => missingFeatures[what](browser),
  updated: (isInRoom) => ({
    title: 'O Duet foi atualizado',
    advice: isInRoom
      ? 'Sua chamada continua. Recarregue para usar a nova versão: seu lugar fica guardado.'
      : 'Recarregue para usar a nova versão.',
  }),
  partLoading: 'Carregando…',
  partLoadFailed: { title: 'Esta parte não carregou', advice: 'Verifique sua conexão e tente novamente.' },
  pageLoadFailed: {
    title: 'Esta página não carregou',
    advice: 'Verifique sua conexão e recarregue.',
    reload: 'Recarregar',
  },
}
