import type { DeviceKind, DeviceProblem } from '../../../machines/protocol/vocabulary.ts'
import type { Browser } from '../browserName.ts'
import type { devices as english } from '../devices.en.ts'
import type { UserMessage } from '../userMessage.ts'

type CaptureKind = Exclude<DeviceKind, 'screen'>
type CaptureKinds = CaptureKind | 'both'

const devicesWithArticle: Record<CaptureKinds, string> = {
  microphone: 'el micrófono',
  camera: 'la cámara',
  both: 'la cámara y el micrófono',
}
/** After “a”. */
const toDevices: Record<CaptureKinds, string> = {
  microphone: 'al micrófono',
  camera: 'a la cámara',
  both: 'a la cámara y al micrófono',
}
const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const missingDevices: Record<CaptureKinds, string> = {
  microphone: 'No se encontró ningún micrófono.',
  camera: 'No se encontró ninguna cámara.',
  both: 'No se encontró cámara ni micrófono.',
}
/** Label of the switch in the browser's site settings. */
const browserSwitchLabels: Record<CaptureKinds, string> = {
  microphone: '«Micrófono»',
  camera: '«Cámara»',
  both: '«Cámara» y «Micrófono»',
}
/** A verb in the singular or the plural. */
const verbFor = (kind: CaptureKinds, singular: string, plural: string): string => (kind === 'both' ? plural : singular)

const allowDeviceAdvice: Record<Browser, (kind: CaptureKinds) => string> = {
  chromium: (kind) =>
    `Haz clic en el icono a la izquierda de la barra de direcciones y activa ${browserSwitchLabels[kind]}. Después, todo empezará automáticamente.`,
  firefox: (kind) =>
    `En la barra de direcciones, haz clic en el icono tachado de ${devicesWithArticle[kind]}, quita «Bloqueado» y pulsa «Reintentar».`,
  safari: (kind) =>
    `Abre Safari → Configuración de este sitio web, permite ${devicesWithArticle[kind]} y pulsa «Reintentar».`,
  ios: (kind) =>
    `Toca el icono de la barra de direcciones → Configuración del sitio web, permite ${devicesWithArticle[kind]} y pulsa «Reintentar».`,
  other: (kind) =>
    `Permite ${devicesWithArticle[kind]} para esta página en la configuración del navegador y pulsa «Reintentar».`,
}

const alternativeBrowsers: Record<Browser, string> = {
  chromium: 'Chrome u otro navegador',
  firefox: 'Firefox u otro navegador',
  safari: 'Safari',
  ios: 'Safari',
  other: 'Chrome, Firefox o Safari',
}

const stalledTitles: Record<CaptureKinds, string> = {
  microphone: 'No llega sonido del micrófono.',
  camera: 'No llega imagen de la cámara.',
  both: 'No llega señal de la cámara ni del micrófono.',
}

const deviceProblems: Record<DeviceProblem, (kind: CaptureKinds, browser: Browser) => UserMessage> = {
  denied: (kind, browser) => ({
    title: `El acceso ${toDevices[kind]} está bloqueado.`,
    advice: allowDeviceAdvice[browser](kind),
  }),
  'denied-by-system': (kind) => ({
    title: `Tu sistema bloquea ${devicesWithArticle[kind]} para este navegador.`,
    advice: `Permite ${devicesWithArticle[kind]} en la configuración de privacidad del sistema. Quizá tengas que reiniciar el navegador.`,
  }),
  missing: (kind) => ({ title: missingDevices[kind], advice: 'Conecta un dispositivo y empezará automáticamente.' }),
  busy: (kind) => ({
    title: `Otra aplicación está usando ${devicesWithArticle[kind]}.`,
    advice: 'Cierra otras llamadas y grabaciones, y pulsa «Reintentar».',
  }),
  unsuitable: (kind) => ({
    title: `${capitalize(devicesWithArticle[kind])} no ${verbFor(kind, 'sirve', 'sirven')} para llamadas.`,
    advice: 'Elige otro dispositivo.',
  }),
  insecure: (kind) => ({
    title: `Tu navegador permite ${devicesWithArticle[kind]} solo en páginas seguras (https).`,
    advice: 'Abre esta página con https://, o pide a la persona que administra este servidor que active https.',
  }),
  unsupported: (kind, browser) => ({
    title: `El navegador de esta aplicación no puede usar ${devicesWithArticle[kind]}.`,
    advice: `Copia el enlace y ábrelo en ${alternativeBrowsers[browser]}.`,
  }),
  unplugged: (kind) => ({
    title: `${capitalize(devicesWithArticle[kind])} se ${verbFor(kind, 'desconectó', 'desconectaron')}.`,
    advice: 'Vuelve a conectar el dispositivo y seguirá automáticamente, o elige otro.',
  }),
  stalled: (kind) => ({
    title: stalledTitles[kind],
    advice: 'Elige otro dispositivo, o desconéctalo y vuelve a conectarlo. Después, pulsa «Reintentar».',
  }),
  unknown: (kind) => ({
    title: `No se ${verbFor(kind, 'pudo', 'pudieron')} iniciar ${devicesWithArticle[kind]}.`,
    advice:
      'Pulsa «Reintentar». Si no funciona, desconecta el dispositivo y vuelve a conectarlo, o reinicia el navegador.',
  }),
}

const selectedDevices: Record<CaptureKind, string> = {
  microphone: 'El micrófono que elegiste',
  camera: 'La cámara que elegiste',
}
/** An adjective or participle that agrees with the device. */
const agree = (stem: string, kind: CaptureKind): string => stem + { microphone: 'o', camera: 'a' }[kind]
const substitutionReasons: Record<DeviceProblem, (kind: CaptureKind) => string> = {
  denied: (kind) => `está ${agree('bloquead', kind)}`,
  'denied-by-system': (kind) => `está ${agree('bloquead', kind)} por tu sistema`,
  missing: (kind) => `no está ${agree('conectad', kind)}`,
  busy: () => 'está en uso por otra aplicación',
  unsuitable: () => 'no sirve para llamadas',
  insecure: () => 'no se pudo iniciar',
  unsupported: () => 'no se pudo iniciar',
  unplugged: () => 'se desconectó',
  stalled: () => 'dejó de funcionar',
  unknown: () => 'no se pudo iniciar',
}

export const devices: typeof english = {
  title: 'Dispositivos',
  camera: 'Cámara',
  microphone: 'Micrófono',
  speaker: 'Altavoz',
  systemDefault: 'Predeterminado del sistema',
  noDevices: 'No se encontraron dispositivos',
  permissionNeeded: 'Se necesita permiso',
  unnamed: { camera: (n) => `Cámara ${n}`, microphone: (n) => `Micrófono ${n}`, speaker: (n) => `Altavoz ${n}` },
  tryAgain: 'Reintentar',
  close: 'Cerrar',
  shortcuts: 'Atajos de teclado (M micrófono, V cámara, D diagnóstico)',
  dismiss: 'Cerrar este aviso',
  problem: (kind, problemCode, browser) => deviceProblems[problemCode](kind, browser),
  substituted: (kind, problemCode, label) =>
    `${selectedDevices[kind]} ${substitutionReasons[problemCode](kind)}. Se usa ${label ? `«${label}»` : agree('otr', kind)} en su lugar.`,
  trackMuted: {
    microphone: {
      title: 'Tu dispositivo o tu sistema silenció el micrófono.',
      advice: 'La otra persona no te oye. Revisa el interruptor de tus auriculares y el sonido del sistema.',
    },
    camera: {
      title: 'Tu dispositivo o tu sistema apagó la cámara.',
      advice: 'La otra persona no te ve. Abre la tapa de la cámara o revisa su interruptor en el equipo.',
    },
  },
}
