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

const formatMs = (value: number): string => (value < 1 ? 'menos de 1 ms' : formatUnit('pt', 'millisecond', value))
const cameraCount = (n: number): string => (n === 0 ? 'nenhuma câmera' : n === 1 ? '1 câmera' : `${n} câmeras`)
const microphoneCount = (n: number): string =>
  n === 0 ? 'nenhum microfone' : n === 1 ? '1 microfone' : `${n} microfones`
/** `prefix`: the preposition that is contracted with the article, such as “n” in “na porta”. */
const portText = (prefix: 'n' | '', url: IceUrl | null): string =>
  `${prefix}a ${url ? `porta ${url.transport === 'udp' ? 'UDP' : 'TCP'} ${url.port}` : 'porta dele'}`
const hostText = (url: IceUrl | null): string => url?.host ?? 'o servidor'

const addressKinds: Record<AddressKind, string> = { ipv4: 'IPv4', ipv6: 'IPv6', mdns: 'oculto (mDNS)' }

const askOperator = 'Peça à pessoa que administra o servidor para'
const privateRelayAdvice = `Outras redes não alcançam este endereço privado. ${askOperator} definir DUET_TURN_EXTERNAL_IP com o endereço público dele.`

const proxyAdvice: Record<ProxyFault, string> = {
  Host: 'O proxy precisa encaminhar o cabeçalho “Host”.',
  'X-Forwarded-For': 'O proxy precisa acrescentar o endereço de cada visitante a “X-Forwarded-For”.',
  Upgrade: 'O proxy precisa encaminhar “Upgrade” e “Connection” para /trpc.',
  trust: 'DUET_TRUSTED_PROXIES precisa conter o endereço do proxy.',
}

const findings: { [C in Finding['code']]: FindingText<C> } = {
  secure: () => ({
    title: 'Esta página é segura',
    advice: 'Os navegadores deixam esta página usar a câmera e o microfone se você permitir.',
  }),
  insecure: () => ({
    title: 'Esta página não é segura',
    advice: `Os navegadores bloqueiam a câmera e o microfone. Abra-a com https://. Ou: ${askOperator.toLowerCase()} ativar o https, com DUET_TLS_CERT e DUET_TLS_KEY ou com um proxy que tenha certificado.`,
  }),
  'no-webrtc': () => ({
    title: 'Este navegador não faz chamadas',
    advice:
      'O WebRTC não existe ou está desativado. Use uma versão atual do Chrome, Edge, Firefox ou Safari. Se uma extensão ou configuração de privacidade bloqueia o WebRTC, permita-o para esta página.',
  }),

  signaling: ({ roundTripMs }) => ({
    title: `O servidor responde em ${formatMs(roundTripMs)}`,
    advice: 'Tempo de ida e volta pelo WebSocket de sinalização.',
  }),
  'signaling-silent': () => ({
    title: 'O servidor não responde no WebSocket',
    advice:
      'Sem isso, as chamadas não começam. Um proxy precisa encaminhar “Upgrade” para /trpc, ou falta este endereço em DUET_ALLOWED_ORIGINS, ou sua rede bloqueia WebSockets.',
  }),
  'signaling-error': ({ errorCode }) => ({
    title: `O servidor retornou um erro: ${errorCode}`,
    advice: 'Espere um minuto e faça o teste novamente. Os detalhes estão no log do servidor.',
  }),

  proxy: ({ faults }) => ({
    title: 'O proxy reverso na frente do servidor não está bem configurado',
    advice: `Avise a pessoa que administra o servidor. ${faults.map((fault) => proxyAdvice[fault]).join(' ')}`,
  }),

  devices: ({ cameras, microphones }) => ({
    title: `Este dispositivo tem ${cameraCount(cameras)} e ${microphoneCount(microphones)}`,
    advice:
      cameras && microphones
        ? 'Pode haver mais: os navegadores ocultam os dispositivos até você dar acesso. Você pode testá-los antes de entrar.'
        : 'Você pode ligar sem isso. Para usar, conecte um dispositivo ou permita-o para este navegador nas configurações do sistema.',
  }),
  'no-devices': () => ({
    title: 'Nenhuma câmera e nenhum microfone encontrados',
    advice:
      'Você vai ver e ouvir a outra pessoa, mas ela não vai ver nem ouvir você. Conecte um dispositivo ou permita-o para este navegador nas configurações do sistema.',
  }),
  'devices-unknown': () => ({
    title: 'Não é possível listar as câmeras e os microfones',
    advice: 'Os navegadores só os listam para páginas seguras. Abra esta página com https://.',
  }),

  addresses: ({ kinds: found }) => ({
    title: `Endereços deste dispositivo: ${found.map((kind) => addressKinds[kind]).join(', ')}`,
    advice: found.includes('mdns')
      ? 'Isso é normal: os navegadores ocultam os endereços até que uma página possa usar a câmera. As chamadas usam os endereços reais.'
      : 'Uma chamada tenta estes primeiro, para uma conexão direta dentro de uma mesma rede.',
  }),
  'no-addresses': () => ({
    title: 'O navegador oculta os endereços deste dispositivo',
    advice:
      'A causa é uma configuração, uma extensão ou uma VPN. Nesse caso, as chamadas precisam de uma retransmissão que funcione.',
  }),

  'no-servers': () => ({
    title: 'Nenhum servidor STUN ou TURN está configurado',
    advice: `As chamadas só funcionam dentro de uma mesma rede. ${askOperator} definir DUET_TURN=embedded ou DUET_TURN_URLS.`,
  }),
  'no-relays': () => ({
    title: 'Nenhum servidor TURN está configurado',
    advice: `As chamadas falham onde um firewall bloqueia conexões diretas. ${askOperator} definir DUET_TURN=embedded ou acrescentar turn: a DUET_TURN_URLS.`,
  }),

  mapped: ({ address }) => ({
    title: `Vê você como ${address}`,
    advice: 'As chamadas podem tentar uma conexão direta com outras redes.',
  }),
  same: () => ({
    title: 'Vê o endereço do próprio dispositivo',
    advice: 'Não há tradução de endereços (NAT) no caminho.',
  }),

  relayed: ({ address, roundTripMs }, url) => ({
    title: `Retransmite pacotes em ${formatMs(roundTripMs)}`,
    advice: `Endereço de retransmissão ${address}${url ? `, alcançado por ${url.transport.toUpperCase()}` : ''}.`,
  }),
  'relayed-nearby': ({ address, roundTripMs }) => ({
    title: `Retransmite em ${formatMs(roundTripMs)}, mas só dentro da própria rede`,
    advice: `O endereço de retransmissão é ${address}. ${privateRelayAdvice}`,
  }),
  unrelayed: ({ address }) => ({
    title: 'Aloca uma retransmissão, mas nenhum pacote passa',
    advice: `O endereço de retransmissão é ${address}. ${askOperator} abrir as portas de retransmissão para UDP (49152–65535, ou DUET_TURN_RELAY_PORTS) em todos os firewalls. DUET_TURN_EXTERNAL_IP precisa ser o endereço público dele.`,
  }),
  'unrelayed-nearby': ({ address }) => ({
    title: 'Aloca uma retransmissão que não pode ser alcançada',
    advice: `O endereço de retransmissão é ${address}. ${privateRelayAdvice}`,
  }),

  unsupported: () => ({
    title: 'Este navegador recusa esta URL',
    advice: `Uma URL válida é parecida com turn:example.org:3478?transport=udp. ${askOperator} corrigir DUET_TURN_URLS.`,
  }),
  loopback: () => ({
    title: 'Este navegador ignora servidores do próprio computador',
    advice: 'O Firefox ignora endereços de loopback. Abra esta página pelo nome ou endereço deste computador na rede.',
  }),
  unresolved: (_, url) => ({
    title: url ? `Não foi possível resolver o nome ${url.host}` : 'Não foi possível resolver o nome do servidor',
    advice:
      'Verifique como ele está escrito em DUET_TURN_URLS, o registro DNS dele e o servidor DNS deste dispositivo.',
  }),
  silent: (_, url) => ({
    title: `Sem resposta ${portText('n', url)}`,
    advice: `Sua rede ou o firewall do servidor pode estar bloqueando UDP para ${hostText(url)}, ou nada escuta ali. ${url?.isTurn ? 'TURN por TCP ou TLS pode passar onde o UDP está bloqueado.' : 'Sem STUN, as chamadas para outras redes precisam de retransmissão.'}`,
  }),
  unreachable: (_, url) => ({
    title: `Não foi possível conectar com ${portText('', url)}`,
    advice: `Nada escuta em ${hostText(url)}, ou um firewall está bloqueando. ${askOperator} iniciá-lo e abrir a porta para TCP.`,
  }),
  untrusted: (_, url) => ({
    title: `Não foi possível conectar por TLS com ${portText('', url)}`,
    advice: `O certificado precisa ser válido para ${hostText(url)}, estar em vigor e vir de uma autoridade em que os navegadores confiam. A porta precisa estar aberta e usar TLS.`,
  }),
  unauthorized: () => ({
    title: 'Credenciais recusadas (401)',
    advice:
      'Este servidor e o servidor TURN precisam compartilhar um mesmo segredo: DUET_TURN_SECRET aqui, static-auth-secret no coturn. Os dois relógios precisam estar certos, porque as credenciais expiram.',
  }),
  expired: () => ({
    title: 'Nonce recusado várias vezes (438)',
    advice:
      'Vários servidores TURN podem compartilhar este nome sem compartilhar o estado. Liste cada um separadamente.',
  }),
  forbidden: () => ({
    title: 'Retransmissão proibida (403)',
    advice:
      'As regras do servidor TURN bloqueiam este usuário ou este destino. Peça à pessoa que o administra para verificar os destinos permitidos e negados.',
  }),
  quota: () => ({
    title: 'Retransmissões demais para este usuário (486)',
    advice: 'Feche outras chamadas, espere alguns minutos e faça o teste novamente. Ou aumente DUET_TURN_QUOTA_USER.',
  }),
  capacity: () => ({
    title: 'Não há mais portas de retransmissão (508)',
    advice: `${askOperator} ampliar DUET_TURN_RELAY_PORTS.`,
  }),
  error: ({ number, text }) => ({
    title: `Recusado com o erro ${number}`,
    advice: text || 'Os detalhes estão no log do servidor TURN.',
  }),
  nothing: () => ({
    title: 'Nenhum resultado, e o navegador não diz por quê',
    advice:
      'Uma extensão ou configuração pode estar bloqueando a retransmissão nesta página. Tente outro navegador. Se também falhar, verifique o log do servidor.',
  }),
}

const verdicts: Record<Verdict, UserMessage> = {
  everywhere: {
    title: 'As chamadas funcionam daqui',
    advice: 'A retransmissão também funciona: redes restritivas não são problema.',
  },
  'relay-over-tcp': {
    title: 'As chamadas funcionam daqui, às vezes com atraso',
    advice: 'A retransmissão só funciona por TCP, em que um pacote perdido atrasa os seguintes. UDP seria melhor.',
  },
  mostly: {
    title: 'As chamadas funcionam com a maioria das pessoas',
    advice: 'Nenhuma retransmissão funciona, e algumas redes não permitem outra coisa. Veja os detalhes abaixo.',
  },
  nearby: {
    title: 'As chamadas funcionam dentro da sua própria rede',
    advice: 'Nenhum servidor STUN ou TURN funciona. Veja os detalhes abaixo.',
  },
  insecure: {
    title: 'A câmera e o microfone não funcionam aqui',
    advice: 'Esta página não é segura. Veja os detalhes abaixo.',
  },
  'no-webrtc': { title: 'Este navegador não faz chamadas', advice: 'Veja abaixo como resolver.' },
  unreachable: { title: 'As chamadas não começam', advice: 'O servidor não responde. Veja os detalhes abaixo.' },
}

export const check: CheckTexts = {
  title: 'Teste de conexão',
  about:
    'Testa se este navegador pode fazer chamadas nesta rede. O teste contata todos os servidores e envia um pacote por cada retransmissão.',
  running: 'Testando…',
  runningNote: 'Servidores que não respondem levam até dez segundos.',
  runAgain: 'Testar novamente',
  copy: 'Copiar relatório',
  copied: 'Copiado',
  copyFailed: 'Não foi possível copiar: selecione o texto.',
  report: 'Relatório',
  groups: { device: 'Este dispositivo', servers: 'STUN e TURN' },
  subjects: {
    page: 'Página',
    signaling: 'Sinalização',
    proxy: 'Proxy reverso',
    devices: 'Câmera e microfone',
    addresses: 'Endereços',
    servers: 'Servidores',
  },
  severities: { fine: 'Funciona', limited: 'Limitado', failed: 'Falhou' },
  testing: 'Testando',
  stages: {
    gathering: 'Solicitando uma retransmissão…',
    connecting: 'Conectando pela retransmissão…',
    sending: 'Enviando um pacote…',
  },
  waiting: 'Testando…',
  verdict: (verdict) => verdicts[verdict],
  finding: (finding, url) => (findings[finding.code] as FindingText<Finding['code']>)(finding as never, url),
}
