import type { DeviceKind, DeviceProblem } from '../../../machines/protocol/vocabulary.ts'
import type { Browser } from '../browserName.ts'
import type { devices as english } from '../devices.en.ts'
import type { UserMessage } from '../userMessage.ts'

type CaptureKind = Exclude<DeviceKind, 'screen'>
type CaptureKinds = CaptureKind | 'both'

const devicesWithArticle: Record<CaptureKinds, string> = {
  microphone: 'o microfone',
  camera: 'a câmera',
  both: 'a câmera e o microfone',
}
/** After “a”. */
const toDevices: Record<CaptureKinds, string> = {
  microphone: 'ao microfone',
  camera: 'à câmera',
  both: 'à câmera e ao microfone',
}
/** After “de”. */
const ofDevices: Record<CaptureKinds, string> = {
  microphone: 'do microfone',
  camera: 'da câmera',
  both: 'da câmera e do microfone',
}
const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const missingDevices: Record<CaptureKinds, string> = {
  microphone: 'Nenhum microfone encontrado.',
  camera: 'Nenhuma câmera encontrada.',
  both: 'Nenhuma câmera e nenhum microfone encontrados.',
}
/** Label of the switch in the browser's site settings. */
const browserSwitchLabels: Record<CaptureKinds, string> = {
  microphone: '“Microfone”',
  camera: '“Câmera”',
  both: '“Câmera” e “Microfone”',
}
/** A verb in the singular or the plural. */
const verbFor = (kind: CaptureKinds, singular: string, plural: string): string => (kind === 'both' ? plural : singular)
/** An adjective or participle that agrees with the device. */
const agree = (stem: string, kind: CaptureKinds): string => stem + { microphone: 'o', camera: 'a', both: 'os' }[kind]

const allowDeviceAdvice: Record<Browser, (kind: CaptureKinds) => string> = {
  chromium: (kind) =>
    `Clique no ícone à esquerda da barra de endereço e ative ${browserSwitchLabels[kind]}. Depois, tudo começa automaticamente.`,
  firefox: (kind) =>
    `Na barra de endereço, clique no ícone riscado ${ofDevices[kind]}, remova “Bloqueado” e clique em “Tentar novamente”.`,
  safari: (kind) =>
    `Abra Safari → Ajustes deste site, permita ${devicesWithArticle[kind]} e clique em “Tentar novamente”.`,
  ios: (kind) =>
    `Toque no ícone da barra de endereço → Ajustes do site, permita ${devicesWithArticle[kind]} e toque em “Tentar novamente”.`,
  other: (kind) =>
    `Permita ${devicesWithArticle[kind]} para esta página nas configurações do navegador e clique em “Tentar novamente”.`,
}

const alternativeBrowsers: Record<Browser, string> = {
  chromium: 'no Chrome ou em outro navegador',
  firefox: 'no Firefox ou em outro navegador',
  safari: 'no Safari',
  ios: 'no Safari',
  other: 'no Chrome, no Firefox ou no Safari',
}

const stalledTitles: Record<CaptureKinds, string> = {
  microphone: 'Nenhum som vem do microfone.',
  camera: 'Nenhuma imagem vem da câmera.',
  both: 'Nenhum sinal vem da câmera nem do microfone.',
}

const deviceProblems: Record<DeviceProblem, (kind: CaptureKinds, browser: Browser) => UserMessage> = {
  denied: (kind, browser) => ({
    title: `O acesso ${toDevices[kind]} está bloqueado.`,
    advice: allowDeviceAdvice[browser](kind),
  }),
  'denied-by-system': (kind) => ({
    title: `Seu sistema está bloqueando ${devicesWithArticle[kind]} para este navegador.`,
    advice: `Permita ${devicesWithArticle[kind]} nas configurações de privacidade do sistema. Talvez seja preciso reiniciar o navegador.`,
  }),
  missing: (kind) => ({
    title: missingDevices[kind],
    advice: 'Conecte um dispositivo e ele começará automaticamente.',
  }),
  busy: (kind) => ({
    title: `Outro app está usando ${devicesWithArticle[kind]}.`,
    advice: 'Feche outras chamadas e gravações e clique em “Tentar novamente”.',
  }),
  unsuitable: (kind) => ({
    title: `${capitalize(devicesWithArticle[kind])} não ${verbFor(kind, 'serve', 'servem')} para chamadas.`,
    advice: 'Escolha outro dispositivo.',
  }),
  insecure: (kind) => ({
    title: `Seu navegador só permite ${devicesWithArticle[kind]} em páginas seguras (https).`,
    advice: 'Abra esta página com https:// ou peça à pessoa que administra este servidor para ativar o https.',
  }),
  unsupported: (kind, browser) => ({
    title: `O navegador deste app não pode usar ${devicesWithArticle[kind]}.`,
    advice: `Copie o link e abra-o ${alternativeBrowsers[browser]}.`,
  }),
  unplugged: (kind) => ({
    title: `${capitalize(devicesWithArticle[kind])} ${verbFor(kind, 'foi', 'foram')} ${agree('desconectad', kind)}.`,
    advice: 'Conecte o dispositivo novamente e tudo continuará automaticamente, ou escolha outro.',
  }),
  stalled: (kind) => ({
    title: stalledTitles[kind],
    advice: 'Escolha outro dispositivo, ou desconecte-o e conecte-o novamente. Depois, clique em “Tentar novamente”.',
  }),
  unknown: (kind) => ({
    title: `Não foi possível iniciar ${devicesWithArticle[kind]}.`,
    advice:
      'Clique em “Tentar novamente”. Se não resolver, desconecte o dispositivo e conecte-o novamente ou reinicie o navegador.',
  }),
}

const selectedDevices: Record<CaptureKind, string> = {
  microphone: 'O microfone que você escolheu',
  camera: 'A câmera que você escolheu',
}
const substitutionReasons: Record<DeviceProblem, (kind: CaptureKind) => string> = {
  denied: (kind) => `está ${agree('bloquead', kind)}`,
  'denied-by-system': (kind) => `está ${agree('bloquead', kind)} pelo sistema`,
  missing: (kind) => `não está ${agree('conectad', kind)}`,
  busy: () => 'está em uso por outro app',
  unsuitable: () => 'não serve para chamadas',
  insecure: () => 'não iniciou',
  unsupported: () => 'não iniciou',
  unplugged: (kind) => `foi ${agree('desconectad', kind)}`,
  stalled: () => 'parou de funcionar',
  unknown: () => 'não iniciou',
}

export const devices: typeof english = {
  title: 'Dispositivos',
  camera: 'Câmera',
  microphone: 'Microfone',
  speaker: 'Alto-falante',
  systemDefault: 'Padrão do sistema',
  noDevices: 'Nenhum dispositivo encontrado',
  permissionNeeded: 'Permissão necessária',
  unnamed: { camera: (n) => `Câmera ${n}`, microphone: (n) => `Microfone ${n}`, speaker: (n) => `Alto-falante ${n}` },
  tryAgain: 'Tentar novamente',
  close: 'Fechar',
  shortcuts: 'Atalhos de teclado (M microfone, V câmera, D diagnóstico)',
  dismiss: 'Fechar este aviso',
  problem: (kind, problemCode, browser) => deviceProblems[problemCode](kind, browser),
  substituted: (kind, problemCode, label) =>
    `${selectedDevices[kind]} ${substitutionReasons[problemCode](kind)}. Usando ${label ? `“${label}”` : agree('outr', kind)} no lugar.`,
  trackMuted: {
    microphone: {
      title: 'Seu microfone foi silenciado pelo dispositivo ou pelo sistema.',
      advice: 'A outra pessoa não ouve você. Verifique o botão do fone de ouvido e o som do sistema.',
    },
    camera: {
      title: 'Sua câmera foi desligada pelo dispositivo ou pelo sistema.',
      advice: 'A outra pessoa não vê você. Abra a tampa da câmera ou verifique o botão dela no computador.',
    },
  },
}
