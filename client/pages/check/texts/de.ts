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

const formatMs = (value: number): string => (value < 1 ? 'weniger als 1 ms' : formatUnit('de', 'millisecond', value))
const cameraCount = (n: number): string => (n === 0 ? 'keine Kamera' : n === 1 ? '1 Kamera' : `${n} Kameras`)
const microphoneCount = (n: number): string => (n === 0 ? 'kein Mikrofon' : n === 1 ? '1 Mikrofon' : `${n} Mikrofone`)
const portText = (url: IceUrl | null): string =>
  url ? `${url.transport === 'udp' ? 'UDP' : 'TCP'}-Port ${url.port}` : 'seinem Port'
const hostText = (url: IceUrl | null): string => url?.host ?? 'der Server'

const addressKinds: Record<AddressKind, string> = { ipv4: 'IPv4', ipv6: 'IPv6', mdns: 'verborgen (mDNS)' }

const askOperator = 'Bitte die Person, die den Server betreibt,'
const privateRelayAdvice = `Andere Netzwerke erreichen diese private Adresse nicht. ${askOperator} DUET_TURN_EXTERNAL_IP auf die öffentliche Adresse zu setzen.`

const proxyAdvice: Record<ProxyFault, string> = {
  Host: 'Der Proxy muss den Header „Host“ weiterleiten.',
  'X-Forwarded-For': 'Der Proxy muss die Adresse jedes Besuchs an „X-Forwarded-For“ anhängen.',
  Upgrade: 'Der Proxy muss für /trpc „Upgrade“ und „Connection“ weiterleiten.',
  trust: 'DUET_TRUSTED_PROXIES muss die Adresse des Proxys enthalten.',
}

const findings: { [C in Finding['code']]: FindingText<C> } = {
  secure: () => ({
    title: 'Diese Seite ist sicher',
    advice: 'Browser lassen sie Kamera und Mikrofon benutzen, wenn du es erlaubst.',
  }),
  insecure: () => ({
    title: 'Diese Seite ist nicht sicher',
    advice: `Browser blockieren Kamera und Mikrofon. Öffne sie mit https://. Oder: ${askOperator} https einzuschalten: mit DUET_TLS_CERT und DUET_TLS_KEY oder einem Proxy mit Zertifikat.`,
  }),
  'no-webrtc': () => ({
    title: 'Dieser Browser kann keine Anrufe',
    advice:
      'WebRTC fehlt oder ist ausgeschaltet. Nimm eine aktuelle Version von Chrome, Edge, Firefox oder Safari. Wenn eine Erweiterung oder Einstellung WebRTC blockiert, erlaube es für diese Seite.',
  }),

  signaling: ({ roundTripMs }) => ({
    title: `Der Server antwortet nach ${formatMs(roundTripMs)}`,
    advice: 'Umlaufzeit über den WebSocket der Signalisierung.',
  }),
  'signaling-silent': () => ({
    title: 'Der Server antwortet nicht auf seinem WebSocket',
    advice:
      'Ohne ihn können Anrufe nicht beginnen. Ein Proxy muss für /trpc „Upgrade“ weiterleiten, oder diese Adresse fehlt in DUET_ALLOWED_ORIGINS, oder dein Netzwerk blockiert WebSockets.',
  }),
  'signaling-error': ({ errorCode }) => ({
    title: `Der Server meldet einen Fehler: ${errorCode}`,
    advice: 'Warte eine Minute und teste dann noch einmal. Einzelheiten stehen im Serverprotokoll.',
  }),

  proxy: ({ faults }) => ({
    title: 'Der Reverse-Proxy vor dem Server ist nicht vollständig eingerichtet',
    advice: `Frag die Person, die den Server betreibt. ${faults.map((fault) => proxyAdvice[fault]).join(' ')}`,
  }),

  devices: ({ cameras, microphones }) => ({
    title: `Dieses Gerät hat ${cameraCount(cameras)} und ${microphoneCount(microphones)}`,
    advice:
      cameras && microphones
        ? 'Es können mehr sein – Browser verbergen Geräte, bis du den Zugriff erlaubst. Du kannst sie vor dem Beitreten ausprobieren.'
        : 'Du kannst auch ohne anrufen. Sonst schließ ein Gerät an oder erlaube es diesem Browser in den Systemeinstellungen.',
  }),
  'no-devices': () => ({
    title: 'Weder Kamera noch Mikrofon gefunden',
    advice:
      'Du siehst und hörst die andere Person, sie dich aber nicht. Schließ ein Gerät an oder erlaube es diesem Browser in den Systemeinstellungen.',
  }),
  'devices-unknown': () => ({
    title: 'Kameras und Mikrofone lassen sich nicht auflisten',
    advice: 'Browser listen sie nur für sichere Seiten auf. Öffne diese Seite mit https://.',
  }),

  addresses: ({ kinds: found }) => ({
    title: `Adressen dieses Geräts: ${found.map((kind) => addressKinds[kind]).join(', ')}`,
    advice: found.includes('mdns')
      ? 'Das ist normal: Browser verbergen Adressen, bis eine Seite die Kamera benutzen darf. Anrufe benutzen die echten.'
      : 'Ein Anruf versucht zuerst diese, für eine direkte Verbindung im selben Netzwerk.',
  }),
  'no-addresses': () => ({
    title: 'Der Browser verbirgt die Adressen dieses Geräts',
    advice: 'Das liegt an einer Einstellung, einer Erweiterung oder einem VPN. Anrufe brauchen dann ein Relay.',
  }),

  'no-servers': () => ({
    title: 'Kein STUN- oder TURN-Server eingerichtet',
    advice: `Anrufe gehen nur innerhalb eines Netzwerks. ${askOperator} DUET_TURN=embedded oder DUET_TURN_URLS zu setzen.`,
  }),
  'no-relays': () => ({
    title: 'Kein TURN-Server eingerichtet',
    advice: `Anrufe scheitern, wo Firewalls direkte Verbindungen blockieren. ${askOperator} DUET_TURN=embedded zu setzen oder turn: in DUET_TURN_URLS aufzunehmen.`,
  }),

  mapped: ({ address }) => ({
    title: `Sieht dich als ${address}`,
    advice: 'Anrufe können eine direkte Verbindung in andere Netzwerke versuchen.',
  }),
  same: () => ({
    title: 'Sieht die eigene Adresse dieses Geräts',
    advice: 'Dazwischen gibt es keine Adressumsetzung (NAT).',
  }),

  relayed: ({ address, roundTripMs }, url) => ({
    title: `Leitet Pakete in ${formatMs(roundTripMs)} weiter`,
    advice: `Relay-Adresse ${address}${url ? `, erreicht über ${url.transport.toUpperCase()}` : ''}.`,
  }),
  'relayed-nearby': ({ address, roundTripMs }) => ({
    title: `Leitet in ${formatMs(roundTripMs)} weiter, aber nur im eigenen Netzwerk`,
    advice: `Die Relay-Adresse ist ${address}. ${privateRelayAdvice}`,
  }),
  unrelayed: ({ address }) => ({
    title: 'Richtet ein Relay ein, aber kein Paket kommt durch',
    advice: `Die Relay-Adresse ist ${address}. ${askOperator} die Relay-Ports in jeder Firewall für UDP zu öffnen (49152–65535 oder DUET_TURN_RELAY_PORTS). DUET_TURN_EXTERNAL_IP muss die öffentliche Adresse sein.`,
  }),
  'unrelayed-nearby': ({ address }) => ({
    title: 'Richtet ein Relay ein, das nicht erreichbar ist',
    advice: `Die Relay-Adresse ist ${address}. ${privateRelayAdvice}`,
  }),

  unsupported: () => ({
    title: 'Dieser Browser lehnt diese URL ab',
    advice: `Eine gültige URL sieht so aus: turn:example.org:3478?transport=udp. ${askOperator} DUET_TURN_URLS zu korrigieren.`,
  }),
  loopback: () => ({
    title: 'Dieser Browser überspringt Server auf dem eigenen Computer',
    advice:
      'Firefox ignoriert Loopback-Adressen. Öffne diese Seite mit dem Namen oder der Adresse dieses Computers im Netzwerk.',
  }),
  unresolved: (_, url) => ({
    title: url
      ? `Der Name ${url.host} konnte nicht aufgelöst werden`
      : 'Der Name des Servers konnte nicht aufgelöst werden',
    advice: 'Prüfe die Schreibweise in DUET_TURN_URLS, den DNS-Eintrag und den DNS-Server dieses Geräts.',
  }),
  silent: (_, url) => ({
    title: `Keine Antwort von ${portText(url)}`,
    advice: `Vielleicht blockiert dein Netzwerk oder die Firewall des Servers UDP zu ${url?.host ?? 'ihm'}, oder dort läuft kein Dienst. ${url?.isTurn ? 'Wo UDP blockiert ist, kommt TURN über TCP oder TLS oft durch.' : 'Ohne STUN brauchen Anrufe in andere Netzwerke ein Relay.'}`,
  }),
  unreachable: (_, url) => ({
    title: `Keine Verbindung zu ${portText(url)}`,
    advice: `Auf ${url?.host ?? 'dem Server'} läuft kein Dienst, oder eine Firewall blockiert ihn. ${askOperator} ihn zu starten und den Port für TCP zu öffnen.`,
  }),
  untrusted: (_, url) => ({
    title: `Keine Verbindung zu ${portText(url)} über TLS`,
    advice: `Das Zertifikat muss für ${hostText(url).replace('der Server', 'den Server')} gelten, aktuell sein und von einer Stelle stammen, der Browser vertrauen. Der Port muss offen sein und TLS sprechen.`,
  }),
  unauthorized: () => ({
    title: 'Zugangsdaten abgelehnt (401)',
    advice:
      'Dieser Server und der TURN-Server brauchen dasselbe Geheimnis: hier DUET_TURN_SECRET, in coturn static-auth-secret. Beide Uhren müssen stimmen, weil Zugangsdaten ablaufen.',
  }),
  expired: () => ({
    title: 'Nonce wiederholt abgelehnt (438)',
    advice:
      'Vielleicht teilen sich mehrere TURN-Server diesen Namen, aber nicht ihren Zustand. Trage jeden einzeln ein.',
  }),
  forbidden: () => ({
    title: 'Relay verboten (403)',
    advice:
      'Die Regeln des TURN-Servers sperren diesen Benutzer oder diese Gegenstelle. Wer ihn betreibt, sollte erlaubte und gesperrte Gegenstellen prüfen.',
  }),
  quota: () => ({
    title: 'Zu viele Relays für diesen Benutzer (486)',
    advice:
      'Beende andere Anrufe, warte ein paar Minuten und teste dann noch einmal. Oder erhöhe DUET_TURN_QUOTA_USER.',
  }),
  capacity: () => ({
    title: 'Keine Relay-Ports mehr frei (508)',
    advice: `${askOperator} DUET_TURN_RELAY_PORTS zu erweitern.`,
  }),
  error: ({ number, text }) => ({
    title: `Abgelehnt mit Fehler ${number}`,
    advice: text || 'Einzelheiten stehen im Protokoll des TURN-Servers.',
  }),
  nothing: () => ({
    title: 'Kein Ergebnis, und der Browser nennt keinen Grund',
    advice:
      'Vielleicht blockiert eine Erweiterung oder Einstellung Relays auf dieser Seite. Nimm einen anderen Browser. Wenn auch das nicht geht, sieh im Serverprotokoll nach.',
  }),
}

const verdicts: Record<Verdict, UserMessage> = {
  everywhere: {
    title: 'Anrufe funktionieren von hier',
    advice: 'Auch das Relay funktioniert, strenge Netzwerke sind also kein Problem.',
  },
  'relay-over-tcp': {
    title: 'Anrufe funktionieren von hier, manchmal mit Verzögerung',
    advice: 'Das Relay funktioniert nur über TCP. Dort hält ein verlorenes Paket die nächsten auf. UDP wäre besser.',
  },
  mostly: {
    title: 'Anrufe funktionieren mit den meisten',
    advice: 'Kein Relay funktioniert, und manche Netzwerke erlauben nichts anderes. Einzelheiten siehe unten.',
  },
  nearby: {
    title: 'Anrufe funktionieren in deinem eigenen Netzwerk',
    advice: 'Kein STUN- oder TURN-Server funktioniert. Einzelheiten siehe unten.',
  },
  insecure: {
    title: 'Kamera und Mikrofon funktionieren hier nicht',
    advice: 'Diese Seite ist nicht sicher. Einzelheiten siehe unten.',
  },
  'no-webrtc': { title: 'Dieser Browser kann keine Anrufe', advice: 'Wie du das behebst, steht unten.' },
  unreachable: {
    title: 'Anrufe können nicht beginnen',
    advice: 'Der Server antwortet nicht. Einzelheiten siehe unten.',
  },
}

export const check: CheckTexts = {
  title: 'Verbindungstest',
  about:
    'Prüft, ob dieser Browser in diesem Netzwerk Anrufe machen kann. Dazu fragt der Test jeden Server und schickt ein Paket durch jedes Relay.',
  running: 'Test läuft …',
  runningNote: 'Server, die nicht antworten, brauchen bis zu zehn Sekunden.',
  runAgain: 'Noch einmal testen',
  copy: 'Bericht kopieren',
  copied: 'Kopiert',
  copyFailed: 'Kopieren nicht möglich – markiere stattdessen den Text.',
  report: 'Bericht',
  groups: { device: 'Dieses Gerät', servers: 'STUN und TURN' },
  subjects: {
    page: 'Seite',
    signaling: 'Signalisierung',
    proxy: 'Reverse-Proxy',
    devices: 'Kamera und Mikrofon',
    addresses: 'Adressen',
    servers: 'Server',
  },
  severities: { fine: 'Geht', limited: 'Eingeschränkt', failed: 'Fehlgeschlagen' },
  testing: 'Test läuft',
  stages: {
    gathering: 'Relay wird angefragt …',
    connecting: 'Verbindung über das Relay …',
    sending: 'Paket wird gesendet …',
  },
  waiting: 'Test läuft …',
  verdict: (verdict) => verdicts[verdict],
  finding: (finding, url) => (findings[finding.code] as FindingText<Finding['code']>)(finding as never, url),
}
