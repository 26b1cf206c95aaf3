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
    title: 'Esta sala está llena',
    advice: 'Ya hay dos personas. Inténtalo de nuevo cuando una se vaya, o crea otra sala.',
  },
  'ask-first': { title: 'Pedir permiso para entrar', advice: 'La persona que está en esta sala decide quién entra.' },
  locked: {
    title: 'Esta sala está bloqueada',
    advice: 'Pide a la persona que está dentro que la desbloquee, o crea otra sala.',
  },
  'invalid-room-name': {
    title: 'Nombre de sala no válido',
    advice: 'Un nombre tiene hasta 64 letras y números. Quizá el enlace esté incompleto: pídelo otra vez.',
  },
  'invalid-input': {
    title: 'El servidor no pudo leer esta solicitud',
    advice: 'Quizá esta página esté desactualizada. Recárgala.',
  },
  'too-large': { title: 'Solicitud demasiado grande', advice: 'Recarga la página e inténtalo de nuevo.' },
  throttled: { title: 'Demasiados intentos', advice: 'Espera un minuto e inténtalo de nuevo.' },
  'server-full': {
    title: 'Este servidor está lleno',
    advice: 'Hay demasiadas llamadas en curso. Inténtalo de nuevo en unos minutos.',
  },
  'not-joined': { title: 'Tu sesión caducó', advice: 'Inténtalo de nuevo para volver a entrar.' },
  'seat-lost': {
    title: 'Perdiste tu lugar',
    advice: 'Estuviste demasiado tiempo fuera. Inténtalo de nuevo: podrás volver si aún hay sitio.',
  },
  'out-of-order': { title: 'Llamada desincronizada', advice: 'Inténtalo de nuevo para reiniciar la llamada.' },
  unavailable: {
    title: 'El servidor está ocupado',
    advice: 'Ahora no puede dejar entrar a nadie. Inténtalo de nuevo en un momento.',
  },
  'not-found': { title: 'Esta página está desactualizada', advice: 'Recárgala para obtener la versión actual.' },
  internal: {
    title: 'Algo salió mal en el servidor',
    advice: 'Inténtalo de nuevo. Los detalles están en el registro del servidor.',
  },
}

const callEndings: Record<CallEndReason, UserMessage> = {
  local: { title: 'Colgaste', advice: '' },
  remote: { title: 'La otra persona colgó', advice: '' },
  left: { title: 'La otra persona se fue', advice: '' },
  replaced: { title: 'Esta llamada se movió', advice: 'Ahora está abierta en otra pestaña o ventana.' },
  failed: {
    title: 'No se pudo conectar la llamada',
    advice: 'Quizá un firewall la bloquee. Inténtalo de nuevo, cambia de red o haz la prueba de conexión.',
  },
  lost: {
    title: 'Se perdió la conexión',
    advice: 'Uno de los dos se quedó sin red. Tu lugar en la sala queda reservado.',
  },
}

const peerEndings: Record<HangupMessageReason, UserMessage> = {
  unsupported: {
    title: 'El navegador de la otra persona no permite videollamadas',
    advice: 'Pídele que abra el enlace en otro navegador.',
  },
}

const weakConnectionAdvice: Record<QualityCause, (camera: { ours: boolean; theirs: boolean }) => string> = {
  outbound: ({ ours }) =>
    ours
      ? 'Tu conexión es débil. Desactiva tu cámara para mejorarla.'
      : 'Tu conexión es débil. Prueba a acercarte a tu Wi-Fi.',
  inbound: ({ theirs }) =>
    theirs
      ? 'La conexión de la otra persona es débil. Puede ayudar que desactive su cámara.'
      : 'La conexión de la otra persona es débil. Puede ayudar que se acerque a su Wi-Fi.',
  both: ({ ours, theirs }) =>
    ours || theirs
      ? 'La conexión es débil en ambos sentidos. Desactivar las cámaras ayudará.'
      : 'La conexión es débil en ambos sentidos. Puede ayudar otra red.',
  latency: () => 'Hay mucho retraso. Espera un poco antes de responder.',
}

const operatorCan = 'La persona que administra este servidor puede'

const unreachableCauses: Record<UnreachableCause, string> = {
  offline: 'No tienes conexión. Duet se reconectará cuando vuelva tu red.',
  silent: 'El servidor no responde. Quizá se esté reiniciando, o tu red lo bloquee.',
  elsewhere: 'Responde otra cosa en lugar del servidor. Si esta red te pide iniciar sesión, hazlo primero.',
  gateway: `El servidor que hay tras esta dirección no responde. ${operatorCan} revisar el registro.`,
  busy: 'El servidor no puede aceptar más conexiones ahora. Duet seguirá intentándolo.',
  host: `El servidor no está configurado para esta dirección. ${operatorCan} definir DUET_PUBLIC_URL.`,
  origin: `El servidor no acepta páginas de esta dirección. ${operatorCan} definir DUET_ALLOWED_ORIGINS.`,
  websocket:
    'El servidor responde, pero un proxy o firewall bloquea el WebSocket que necesitan las llamadas. Prueba otra red.',
}

const allowWebRtcAdvice: Record<Browser, string> = {
  chromium: 'Desactiva las extensiones que bloquean WebRTC y recarga. O abre el enlace en otro navegador.',
  firefox:
    'Abre about:config, pon media.peerconnection.enabled en true y desactiva las extensiones que bloquean WebRTC. Después, recarga.',
  safari:
    'Desactiva para esta página el modo de aislamiento y las extensiones que bloquean WebRTC, y recarga. O abre el enlace en otro navegador.',
  ios: 'Desactiva el modo de aislamiento para esta página y recarga, o abre el enlace en Safari.',
  other: 'Abre el enlace en una versión actual de Chrome, Edge, Firefox o Safari.',
}

const missingFeatures: Record<MissingFeature, (browser: Browser) => UserMessage> = {
  webrtc: (browser) => ({
    title: 'Este navegador no permite llamadas: WebRTC falta o está bloqueado.',
    advice: allowWebRtcAdvice[browser],
  }),
  websocket: () => ({ title: 'Este navegador no permite llamadas: falta WebSocket.', advice: allowWebRtcAdvice.other }),
}

export const texts: Texts = {
  language: 'es',
  name: 'Duet',
  diagnostics: 'Diagnóstico',
  languageMenu: 'Idioma',

  home: {
    title: 'Una llamada para dos.',
    about: 'Videollamadas privadas para dos. Sin cuenta, sin descargas, sin empresas de por medio.',
    startCall: 'Iniciar una llamada',
    newRoomNote: 'Crea un enlace que nadie puede adivinar.',
    nameLabel: 'Entrar con un enlace o un nombre',
    namePlaceholder: 'kitchen-table',
    go: 'Ir',
    nameNote:
      'Las mayúsculas y los espacios no importan. Un nombre corto es fácil de compartir, y también de adivinar.',
    nameEmpty: 'Escribe un enlace o un nombre, o inicia una llamada.',
    nameInvalid: 'Ese nombre de sala no es válido. Usa hasta 64 letras, números, guiones o puntos.',
    checkConnection: 'Probar la conexión',
    howItWorks: 'Cómo funciona',
  },

  titles: {
    home: 'Duet: una llamada para dos',
    invalidRoomName: 'Nombre de sala no válido · Duet',
    notFound: 'Página no encontrada · Duet',
    check: 'Prueba de conexión · Duet',
    lobby: '¿Todo listo? · Duet',
    joining: 'Entrando… · Duet',
    waiting: 'En espera · Duet',
    connecting: 'Conectando… · Duet',
    call: 'En llamada · Duet',
    unauthenticatedPeer: '¿Quién es? · Duet',
    reconnecting: 'Reconectando… · Duet',
    failed: 'La llamada falló · Duet',
    ended: 'Llamada finalizada · Duet',
    rejected: 'No puedes entrar · Duet',
    openInOtherTab: 'Abierta en otra pestaña · Duet',
    left: 'Saliste · Duet',
  },

  lobby: {
    title: '¿Todo listo para entrar?',
    room: 'Sala',
    join: 'Entrar',
    joinNote: (camera, microphone) => {
      if (camera && microphone) return 'La otra persona te verá y te oirá.'
      if (microphone) return 'La otra persona te oirá, pero no te verá.'
      if (camera) return 'La otra persona te verá, pero no te oirá.'
      return 'Verás y oirás a la otra persona, pero ella no te verá ni te oirá.'
    },
    serverUnreachable: 'No se puede contactar con el servidor. Reintentando: comprueba tu conexión a internet.',
    microphoneLevel: 'Nivel del micrófono',
    cameraRequested: 'Pidiendo acceso a tu cámara…',
    cameraOff: 'Tu cámara está desactivada',
  },

  devices,

  joining: { title: 'Entrando…', slow: 'Está tardando más de lo normal…', cancel: 'Cancelar' },

  connecting: {
    title: 'Conectando…',
    peerPresent: 'La otra persona ya está aquí: conectando…',
    findingConnection: 'Buscando una conexión…',
    retrying: (n, of) => `Seguimos conectando… (intento ${n} de ${of})`,
    peerDisconnected: 'La otra persona no tiene conexión ahora. La llamada seguirá cuando vuelva.',
    serverUnreachable: 'No se puede contactar con el servidor. Reintentando: comprueba tu conexión a internet.',
  },

  invitation: {
    title: 'Aún no ha llegado nadie más',
    instruction: 'Comparte este enlace para invitar a alguien.',
    link: 'Enlace a esta sala',
    copy: 'Copiar enlace',
    copied: 'Copiado',
    copyFailed: 'No se pudo copiar: selecciona el enlace',
    shareLink: 'Compartir…',
    shareTitle: 'Únete a mi videollamada',
    showQrCode: 'Mostrar código QR',
    qrCodeLabel: (link) => `Código QR de ${link}`,
    unusableElsewhere: 'Nadie más puede usar este enlace, porque las invitaciones necesitan una dirección https.',
  },

  call: {
    title: 'Tu llamada',
    controls: 'Controles de la llamada',
    mute: 'Silenciar',
    unmute: 'Activar micrófono',
    cameraOff: 'Desactivar cámara',
    cameraOn: 'Activar cámara',
    shareScreen: 'Compartir pantalla',
    stopSharing: 'Dejar de compartir',
    devices: 'Dispositivos',
    room: 'Sala',
    closeRoom: 'Cerrar',
    view: 'Vista',
    flipCamera: 'Cambiar de cámara',
    showOwnVideo: 'Mostrar tu video',
    fullscreen: 'Pantalla completa',
    exitFullscreen: 'Salir de pantalla completa',
    hangUp: 'Colgar',
    fillScreen: 'Llenar la ventana',
    showWhole: 'Ajustar a la ventana',
    playSound: 'Activar sonido',
    playSoundNote: 'Tu navegador bloquea el sonido hasta que toques la página.',
    play: 'Reproducir',
    playNote: 'Tu dispositivo puso la llamada en pausa.',
    localVideo: 'Tu video',
    remoteVideo: 'Video de la otra persona',
    remoteScreen: 'Pantalla de la otra persona',
    localScreen: 'Tu pantalla',
    smallVideo: (video, corner) => `${video}, ${corner}. Amplíalo con Intro o muévelo con las flechas.`,
    corners: {
      'top-left': 'arriba a la izquierda',
      'top-right': 'arriba a la derecha',
      'bottom-left': 'abajo a la izquierda',
      'bottom-right': 'abajo a la derecha',
    },
    remoteCameraOff: 'Su cámara está desactivada',
    remoteMicrophoneOff: 'Su micrófono está desactivado',
    remoteScreenShared: 'La otra persona comparte su pantalla',
    localScreenShared: 'Estás compartiendo tu pantalla',
    dataChannelFlooded:
      'La otra persona envió demasiados datos y Duet ya no lee sus mensajes. El audio y el video continúan.',
    diagnosticsViewed: 'La otra persona está viendo el diagnóstico de esta llamada',
    screenShareFailed: (problemCode) =>
      problemCode === 'denied-by-system'
        ? {
            title: 'Tu sistema bloquea la grabación de pantalla para este navegador.',
            advice: 'Permítela en la configuración de privacidad y vuelve a compartir.',
          }
        : {
            title: 'No se pudo compartir tu pantalla.',
            advice: 'Pulsa «Compartir pantalla» otra vez, o elige otra ventana.',
          },
    microphoneNotSent: { muted: 'Silenciado', failed: 'Sin sonido' },
    statusBanner: {
      transport: 'Reconectando…',
      localNetwork: 'Parece que no tienes conexión. Reconectando…',
      signaling: 'No se puede contactar con el servidor. Reintentando…',
      peerDisconnected: 'La otra persona se está reconectando…',
      peerSignaling: 'La otra persona perdió el contacto con el servidor. Tu llamada continúa.',
      signalingDuringCall: 'Se perdió el contacto con el servidor. Tu llamada continúa.',
    },
    seatLost: (code) =>
      code === 'full'
        ? 'Otra persona ocupó tu lugar en la sala. Tu llamada continúa.'
        : 'El servidor no te deja volver a la sala. Tu llamada continúa.',
    retry: 'Reintentar',
    quality: {
      unknown: 'Comprobando la conexión…',
      good: 'Buena conexión',
      fair: 'Conexión regular',
      poor: 'Conexión débil',
    },
    weakConnectionAdvice: (cause, camera) =>
      cause
        ? weakConnectionAdvice[cause](camera)
        : camera.ours
          ? 'La conexión es débil. Desactiva tu cámara para mejorarla.'
          : 'La conexión es débil. Puede ayudar otra red.',
  },

  named,

  announcements: {
    connected: 'Ya tienes conexión con la otra persona.',
    remoteMicrophone: (on) => (on ? 'Su micrófono está activado.' : 'Su micrófono está desactivado.'),
    remoteCamera: (on) => (on ? 'Su cámara está activada.' : 'Su cámara está desactivada.'),
    localMicrophone: (on) => (on ? '' : 'Tu micrófono está desactivado.'),
    localCamera: (on) => (on ? '' : 'Tu cámara está desactivada.'),
  },

  unauthenticatedPeer: {
    title: 'Quizá haya entrado otra persona',
    advice:
      'La llamada se interrumpió, y quizá no sea la misma persona. No podrá verte ni oírte hasta que decidas continuar.',
    continue: 'Continuar',
    hangUp: 'Colgar',
  },

  callEnded: (reason) => callEndings[reason],
  endedByPeer: (reason) => peerEndings[reason],
  endedWithoutSeat: (reason) => ({
    title: callEndings[reason].title,
    advice: 'Tu lugar en la sala se cedió durante la llamada. Inténtalo de nuevo para volver a entrar.',
  }),
  connectionLost: {
    localNetwork: 'Te quedaste sin red. Tu lugar en la sala queda reservado: inténtalo de nuevo cuando vuelva la red.',
    remoteNetwork:
      'La otra persona se quedó sin red. Los dos lugares quedan reservados: inténtalo de nuevo en un momento.',
    unknown: 'Ambos llegan al servidor, pero no el uno al otro. Inténtalo de nuevo o prueba otra red.',
  },
  apiError: (code) => apiErrors[code],
  actions: { tryAgain: 'Reintentar', newRoom: 'Sala nueva', checkConnection: 'Probar la conexión' },

  otherTab: { note: 'Ya estás en esta sala en otra pestaña.', continueHere: 'Usar esta pestaña' },
  openInOtherTab: {
    title: 'Esta llamada se movió',
    advice: 'Ahora está abierta en otra pestaña o ventana.',
    useHere: 'Usar esta pestaña',
  },
  left: { title: 'Saliste', advice: 'La sala sigue ahí, y su enlace aún funciona.', rejoin: 'Volver a entrar' },
  invalidRoomName: { goHome: 'Volver al inicio' },
  notFound: {
    title: 'Página no encontrada',
    advice: 'Esta página no existe. Quizá el enlace esté incompleto.',
    goHome: 'Volver al inicio',
  },
  unreachable: (cause) => unreachableCauses[cause],
  missingFeature: (what, browser) => missingFeatures[what](browser),
  updated: (isInRoom) => ({
    title: 'Duet se actualizó',
    advice: isInRoom
      ? 'Tu llamada continúa. Recarga para usar la nueva versión: conservarás tu lugar.'
      : 'Recarga para usar la nueva versión.',
  }),
  partLoading: 'Cargando…',
  partLoadFailed: { title: 'Esta parte no se cargó', advice: 'Comprueba tu conexión e inténtalo de nuevo.' },
  pageLoadFailed: { title: 'Esta página no se cargó', advice: 'Comprueba tu conexión y recarga.', reload: 'Recargar' },
}
