import type { AddressKind } from '../../../../machines/protocol/address.ts'
import { formatUnit } from '../../../i18n/format.ts'
import type { UserMessage } from '../../../i18n/texts.ts'
import type { Finding, ProxyFault } from '../finding.ts'
import type { IceUrl } from '../iceUrl.ts'
import type { CheckTexts } from '../texts.ts'
import type { Verdict } from '../verdict.ts'

type FindingText<C extends Finding['code']> = (
  finding: Extract<Finding, { code: C }>,
  url: IceUrl | null,
) => UserMessage

const formatMs = (value: number): string => (value < 1 ? 'menos de 1 ms' : formatUnit('es', 'millisecond', value))
const cameraCount = (n: number): string => (n === 0 ? 'ninguna cámara' : n === 1 ? '1 cámara' : `${n} cámaras`)
const microphoneCount = (n: number): string =>
  n === 0 ? 'ningún micrófono' : n === 1 ? '1 micrófono' : `${n} micrófonos`
const portText = (url: IceUrl | null): string =>
  url ? `el puerto ${url.transport === 'udp' ? 'UDP' : 'TCP'} ${url.port}` : 'su puerto'
const hostText = (url: IceUrl | null): string => url?.host ?? 'el servidor'

const addressKinds: Record<AddressKind, string> = { ipv4: 'IPv4', ipv6: 'IPv6', mdns: 'oculta (mDNS)' }

const askOperator = 'Pide a la persona que administra el servidor que'
const privateRelayAdvice = `Otras redes no llegan a esta dirección privada. ${askOperator} ponga su dirección pública en DUET_TURN_EXTERNAL_IP.`

const proxyAdvice: Record<ProxyFault, string> = {
  Host: 'El proxy debe reenviar el encabezado «Host».',
  'X-Forwarded-For': 'El proxy debe añadir la dirección de cada visitante a «X-Forwarded-For».',
  Upgrade: 'El proxy debe reenviar «Upgrade» y «Connection» para /trpc.',
  trust: 'DUET_TRUSTED_PROXIES debe contener la dirección del proxy.',
}

const findings: { [C in Finding['code']]: FindingText<C> } = {
  secure: () => ({
    title: 'Esta página es segura',
    advice: 'Los navegadores le permiten usar la cámara y el micrófono si tú lo autorizas.',
  }),
  insecure: () => ({
    title: 'Esta página no es segura',
    advice: `Los navegadores bloquean su cámara y su micrófono. Ábrela con https://. O bien: ${askOperator.toLowerCase()} active https, con DUET_TLS_CERT y DUET_TLS_KEY o con un proxy que tenga certificado.`,
  }),
  'no-webrtc': () => ({
    title: 'Este navegador no permite llamadas',
    advice:
      'WebRTC falta o está desactivado. Usa una versión actual de Chrome, Edge, Firefox o Safari. Si una extensión o un ajuste de privacidad bloquea WebRTC, permítelo para esta página.',
  }),

  signaling: ({ roundTripMs }) => ({
    title: `El servidor responde en ${formatMs(roundTripMs)}`,
    advice: 'Tiempo de ida y vuelta por el WebSocket de señalización.',
  }),
  'signaling-silent': () => ({
    title: 'El servidor no responde en su WebSocket',
    advice:
      'Sin él no pueden empezar llamadas. Un proxy debe reenviar «Upgrade» para /trpc, o falta esta dirección en DUET_ALLOWED_ORIGINS, o tu red bloquea los WebSockets.',
  }),
  'signaling-error': ({ errorCode }) => ({
    title: `El servidor devolvió un error: ${errorCode}`,
    advice: 'Espera un minuto y repite la prueba. Los detalles están en el registro del servidor.',
  }),

  proxy: ({ faults }) => ({
    title: 'El proxy inverso delante del servidor no está bien configurado',
    advice: `Avisa a la persona que administra el servidor. ${faults.map((fault) => proxyAdvice[fault]).join(' ')}`,
  }),

  devices: ({ cameras, microphones }) => ({
    title: `Este dispositivo tiene ${cameraCount(cameras)} y ${microphoneCount(microphones)}`,
    advice:
      cameras && microphones
        ? 'Puede haber más: los navegadores los ocultan hasta que das acceso. Podrás probarlos antes de entrar.'
        : 'Puedes llamar sin eso. Para usarlo, conéctalo o permítelo para este navegador en la configuración del sistema.',
  }),
  'no-devices': () => ({
    title: 'No se encontró cámara ni micrófono',
    advice:
      'Verás y oirás a la otra persona, pero ella no te verá ni te oirá. Conecta un dispositivo o permítelo para este navegador en la configuración del sistema.',
  }),
  'devices-unknown': () => ({
    title: 'No se puede obtener la lista de cámaras y micrófonos',
    advice: 'Los navegadores solo la dan a páginas seguras. Abre esta página con https://.',
  }),

  addresses: ({ kinds: found }) => ({
    title: `Direcciones de este dispositivo: ${found.map((kind) => addressKinds[kind]).join(', ')}`,
    advice: found.includes('mdns')
      ? 'Es normal: los navegadores ocultan las direcciones hasta que una página puede usar la cámara. Las llamadas usan las reales.'
      : 'Una llamada las prueba primero, para una conexión directa dentro de una misma red.',
  }),
  'no-addresses': () => ({
    title: 'El navegador oculta las direcciones de este dispositivo',
    advice:
      'Se debe a un ajuste, una extensión o una VPN. Las llamadas necesitan entonces una retransmisión que funcione.',
  }),

  'no-servers': () => ({
    title: 'No hay ningún servidor STUN o TURN configurado',
    advice: `Las llamadas solo funcionan dentro de una misma red. ${askOperator} defina DUET_TURN=embedded o DUET_TURN_URLS.`,
  }),
  'no-relays': () => ({
    title: 'No hay ningún servidor TURN configurado',
    advice: `Las llamadas fallan donde un firewall bloquea las conexiones directas. ${askOperator} defina DUET_TURN=embedded, o añada turn: a DUET_TURN_URLS.`,
  }),

  mapped: ({ address }) => ({
    title: `Te ve como ${address}`,
    advice: 'Las llamadas pueden intentar una conexión directa con otras redes.',
  }),
  same: () => ({
    title: 'Ve la dirección propia de este dispositivo',
    advice: 'No hay traducción de direcciones (NAT) de por medio.',
  }),

  relayed: ({ address, roundTripMs }, url) => ({
    title: `Retransmite paquetes en ${formatMs(roundTripMs)}`,
    advice: `Dirección de retransmisión ${address}${url ? `, alcanzada por ${url.transport.toUpperCase()}` : ''}.`,
  }),
  'relayed-nearby': ({ address, roundTripMs }) => ({
    title: `Retransmite en ${formatMs(roundTripMs)}, pero solo dentro de su propia red`,
    advice: `La dirección de retransmisión es ${address}. ${privateRelayAdvice}`,
  }),
  unrelayed: ({ address }) => ({
    title: 'Asigna una retransmisión, pero no pasa ningún paquete',
    advice: `La dirección de retransmisión es ${address}. ${askOperator} abra sus puertos de retransmisión para UDP (49152–65535, o DUET_TURN_RELAY_PORTS) en todos los firewalls. DUET_TURN_EXTERNAL_IP debe ser su dirección pública.`,
  }),
  'unrelayed-nearby': ({ address }) => ({
    title: 'Asigna una retransmisión a la que no se puede llegar',
    advice: `La dirección de retransmisión es ${address}. ${privateRelayAdvice}`,
  }),

  unsupported: () => ({
    title: 'Este navegador rechaza esta URL',
    advice: `Una URL válida se parece a turn:example.org:3478?transport=udp. ${askOperator} corrija DUET_TURN_URLS.`,
  }),
  loopback: () => ({
    title: 'Este navegador omite los servidores de su propio equipo',
    advice:
      'Firefox ignora las direcciones de bucle local. Abre esta página con el nombre o la dirección de este equipo en la red.',
  }),
  unresolved: (_, url) => ({
    title: url ? `No se pudo resolver el nombre ${url.host}` : 'No se pudo resolver el nombre del servidor',
    advice: 'Revisa cómo está escrito en DUET_TURN_URLS, su registro DNS y el servidor DNS de este dispositivo.',
  }),
  silent: (_, url) => ({
    title: `Sin respuesta en ${portText(url)}`,
    advice: `Quizá tu red o el firewall del servidor bloquee UDP hacia ${hostText(url)}, o nada escuche allí. ${url?.isTurn ? 'TURN por TCP o TLS puede pasar donde UDP está bloqueado.' : 'Sin STUN, las llamadas a otras redes necesitan retransmisión.'}`,
  }),
  unreachable: (_, url) => ({
    title: `No se pudo conectar con ${portText(url)}`,
    advice: `Nada escucha en ${hostText(url)}, o un firewall lo bloquea. ${askOperator} lo inicie y abra el puerto para TCP.`,
  }),
  untrusted: (_, url) => ({
    title: `No se pudo conectar por TLS con ${portText(url)}`,
    advice: `El certificado debe ser válido para ${hostText(url)}, estar vigente y venir de una autoridad en la que confíen los navegadores. El puerto debe estar abierto y usar TLS.`,
  }),
  unauthorized: () => ({
    title: 'Credenciales rechazadas (401)',
    advice:
      'Este servidor y el servidor TURN deben compartir un mismo secreto: DUET_TURN_SECRET aquí, static-auth-secret en coturn. Ambos relojes deben estar en hora, porque las credenciales caducan.',
  }),
  expired: () => ({
    title: 'Nonce rechazado varias veces (438)',
    advice: 'Quizá varios servidores TURN compartan este nombre sin compartir su estado. Indica cada uno por separado.',
  }),
  forbidden: () => ({
    title: 'Retransmisión prohibida (403)',
    advice:
      'Las reglas del servidor TURN bloquean a este usuario o a este destino. Pide a la persona que lo administra que revise los destinos permitidos y denegados.',
  }),
  quota: () => ({
    title: 'Demasiadas retransmisiones para este usuario (486)',
    advice: 'Cierra otras llamadas, espera unos minutos y repite la prueba. O aumenta DUET_TURN_QUOTA_USER.',
  }),
  capacity: () => ({
    title: 'No quedan puertos de retransmisión (508)',
    advice: `${askOperator} amplíe DUET_TURN_RELAY_PORTS.`,
  }),
  error: ({ number, text }) => ({
    title: `Rechazado con el error ${number}`,
    advice: text || 'Los detalles están en el registro del servidor TURN.',
  }),
  nothing: () => ({
    title: 'Sin resultado, y el navegador no dice por qué',
    advice:
      'Quizá una extensión o un ajuste bloquee la retransmisión en esta página. Prueba otro navegador. Si tampoco funciona, revisa el registro del servidor.',
  }),
}

const verdicts: Record<Verdict, UserMessage> = {
  everywhere: {
    title: 'Las llamadas funcionan desde aquí',
    advice: 'La retransmisión también funciona: las redes estrictas no son un problema.',
  },
  'relay-over-tcp': {
    title: 'Las llamadas funcionan desde aquí, a veces con retraso',
    advice: 'La retransmisión solo funciona por TCP, donde un paquete perdido retrasa los siguientes. UDP sería mejor.',
  },
  mostly: {
    title: 'Las llamadas funcionan con la mayoría de la gente',
    advice: 'Ninguna retransmisión funciona, y algunas redes no permiten otra cosa. Mira los detalles más abajo.',
  },
  nearby: {
    title: 'Las llamadas funcionan dentro de tu propia red',
    advice: 'No funciona ningún servidor STUN o TURN. Mira los detalles más abajo.',
  },
  insecure: {
    title: 'La cámara y el micrófono no funcionan aquí',
    advice: 'Esta página no es segura. Mira los detalles más abajo.',
  },
  'no-webrtc': { title: 'Este navegador no permite llamadas', advice: 'Mira más abajo cómo solucionarlo.' },
  unreachable: { title: 'No pueden empezar llamadas', advice: 'El servidor no responde. Mira los detalles más abajo.' },
}

export const check: CheckTexts = {
  title: 'Prueba de conexión',
  about:
    'Comprueba si este navegador puede hacer llamadas en esta red. Contacta con cada servidor y envía un paquete por cada retransmisión.',
  running: 'Probando…',
  runningNote: 'Los servidores que no responden tardan hasta diez segundos.',
  runAgain: 'Repetir',
  copy: 'Copiar informe',
  copied: 'Copiado',
  copyFailed: 'No se pudo copiar: selecciona el texto.',
  report: 'Informe',
  groups: { device: 'Este dispositivo', servers: 'STUN y TURN' },
  subjects: {
    page: 'Página',
    signaling: 'Señalización',
    proxy: 'Proxy inverso',
    devices: 'Cámara y micrófono',
    addresses: 'Direcciones',
    servers: 'Servidores',
  },
  severities: { fine: 'Funciona', limited: 'Limitado', failed: 'Falló' },
  testing: 'Probando',
  stages: {
    gathering: 'Solicitando retransmisión…',
    connecting: 'Conectando por la retransmisión…',
    sending: 'Enviando un paquete…',
  },
  waiting: 'Probando…',
  verdict: (verdict) => verdicts[verdict],
  finding: (finding, url) => (findings[finding.code] as FindingText<Finding['code']>)(finding as never, url),
}
