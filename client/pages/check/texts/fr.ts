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

const formatMs = (value: number): string => (value < 1 ? 'moins de 1 ms' : formatUnit('fr', 'millisecond', value))
const cameraCount = (n: number): string => (n === 0 ? 'aucune caméra' : n === 1 ? '1 caméra' : `${n} caméras`)
const microphoneCount = (n: number): string => (n === 0 ? 'aucun micro' : n === 1 ? '1 micro' : `${n} micros`)
const portText = (url: IceUrl | null): string =>
  url ? `le port ${url.transport === 'udp' ? 'UDP' : 'TCP'} ${url.port}` : 'son port'
const hostText = (url: IceUrl | null): string => url?.host ?? 'le serveur'

const addressKinds: Record<AddressKind, string> = { ipv4: 'IPv4', ipv6: 'IPv6', mdns: 'masquée (mDNS)' }

const askOperator = 'Demandez à la personne qui gère le serveur'
const privateRelayAdvice = `Les autres réseaux ne peuvent pas joindre cette adresse privée. ${askOperator} de régler DUET_TURN_EXTERNAL_IP sur son adresse publique.`

const proxyAdvice: Record<ProxyFault, string> = {
  Host: 'Le proxy doit transmettre l’en-tête « Host ».',
  'X-Forwarded-For': 'Le proxy doit ajouter l’adresse de chaque visiteur à « X-Forwarded-For ».',
  Upgrade: 'Le proxy doit transmettre « Upgrade » et « Connection » pour /trpc.',
  trust: 'DUET_TRUSTED_PROXIES doit contenir l’adresse du proxy.',
}

const findings: { [C in Finding['code']]: FindingText<C> } = {
  secure: () => ({
    title: 'Cette page est sécurisée',
    advice: 'Les navigateurs lui permettent d’utiliser la caméra et le micro si vous l’autorisez.',
  }),
  insecure: () => ({
    title: 'Cette page n’est pas sécurisée',
    advice: `Les navigateurs bloquent sa caméra et son micro. Ouvrez-la avec https://. Ou : ${askOperator.toLowerCase()} d’activer https, avec DUET_TLS_CERT et DUET_TLS_KEY ou un proxy muni d’un certificat.`,
  }),
  'no-webrtc': () => ({
    title: 'Ce navigateur ne permet pas les appels',
    advice:
      'WebRTC est absent ou désactivé. Utilisez une version récente de Chrome, Edge, Firefox ou Safari. Si une extension ou un réglage bloque WebRTC, autorisez-le pour cette page.',
  }),

  signaling: ({ roundTripMs }) => ({
    title: `Le serveur répond en ${formatMs(roundTripMs)}`,
    advice: 'Aller-retour par le WebSocket de signalisation.',
  }),
  'signaling-silent': () => ({
    title: 'Le serveur ne répond pas sur son WebSocket',
    advice:
      'Sans lui, aucun appel ne peut commencer. Un proxy doit transmettre « Upgrade » pour /trpc, ou cette adresse manque dans DUET_ALLOWED_ORIGINS, ou votre réseau bloque les WebSockets.',
  }),
  'signaling-error': ({ errorCode }) => ({
    title: `Le serveur a renvoyé une erreur : ${errorCode}`,
    advice: 'Attendez une minute, puis relancez le test. Les détails sont dans le journal du serveur.',
  }),

  proxy: ({ faults }) => ({
    title: 'Le proxy inverse devant le serveur n’est pas entièrement configuré',
    advice: `Contactez la personne qui gère le serveur. ${faults.map((fault) => proxyAdvice[fault]).join(' ')}`,
  }),

  devices: ({ cameras, microphones }) => ({
    title: `Cet appareil a ${cameraCount(cameras)} et ${microphoneCount(microphones)}`,
    advice:
      cameras && microphones
        ? 'Il peut y en avoir plus – les navigateurs masquent les appareils tant que vous n’avez pas donné l’accès. Vous pourrez les essayer avant d’entrer.'
        : 'Vous pouvez appeler sans. Sinon, branchez un appareil ou autorisez-le pour ce navigateur dans les réglages du système.',
  }),
  'no-devices': () => ({
    title: 'Ni caméra ni micro détectés',
    advice:
      'Vous voyez et entendez l’autre personne, mais pas l’inverse. Branchez un appareil ou autorisez-le pour ce navigateur dans les réglages du système.',
  }),
  'devices-unknown': () => ({
    title: 'Impossible de lister les caméras et les micros',
    advice: 'Les navigateurs ne les listent que pour les pages sécurisées. Ouvrez cette page avec https://.',
  }),

  addresses: ({ kinds: found }) => ({
    title: `Adresses de cet appareil : ${found.map((kind) => addressKinds[kind]).join(', ')}`,
    advice: found.includes('mdns')
      ? 'C’est normal : les navigateurs masquent les adresses tant qu’une page ne peut pas utiliser la caméra. Les appels utilisent les vraies.'
      : 'Un appel les essaie d’abord, pour une connexion directe dans un même réseau.',
  }),
  'no-addresses': () => ({
    title: 'Le navigateur masque les adresses de cet appareil',
    advice: 'C’est dû à un réglage, une extension ou un VPN. Les appels ont alors besoin d’un relais.',
  }),

  'no-servers': () => ({
    title: 'Aucun serveur STUN ou TURN n’est configuré',
    advice: `Les appels ne marchent que dans un même réseau. ${askOperator} de définir DUET_TURN=embedded ou DUET_TURN_URLS.`,
  }),
  'no-relays': () => ({
    title: 'Aucun serveur TURN n’est configuré',
    advice: `Les appels échouent là où un pare-feu bloque les connexions directes. ${askOperator} de définir DUET_TURN=embedded, ou d’ajouter turn: à DUET_TURN_URLS.`,
  }),

  mapped: ({ address }) => ({
    title: `Vous voit comme ${address}`,
    advice: 'Les appels peuvent tenter une connexion directe vers d’autres réseaux.',
  }),
  same: () => ({
    title: 'Voit l’adresse propre de cet appareil',
    advice: 'Il n’y a pas de traduction d’adresses (NAT) entre les deux.',
  }),

  relayed: ({ address, roundTripMs }, url) => ({
    title: `Relaie les paquets en ${formatMs(roundTripMs)}`,
    advice: `Adresse de relais ${address}${url ? `, jointe en ${url.transport.toUpperCase()}` : ''}.`,
  }),
  'relayed-nearby': ({ address, roundTripMs }) => ({
    title: `Relaie en ${formatMs(roundTripMs)}, mais seulement dans son propre réseau`,
    advice: `L’adresse de relais est ${address}. ${privateRelayAdvice}`,
  }),
  unrelayed: ({ address }) => ({
    title: 'Alloue un relais, mais aucun paquet ne passe',
    advice: `L’adresse de relais est ${address}. ${askOperator} d’ouvrir ses ports de relais en UDP (49152–65535, ou DUET_TURN_RELAY_PORTS) dans chaque pare-feu. DUET_TURN_EXTERNAL_IP doit être son adresse publique.`,
  }),
  'unrelayed-nearby': ({ address }) => ({
    title: 'Alloue un relais injoignable',
    advice: `L’adresse de relais est ${address}. ${privateRelayAdvice}`,
  }),

  unsupported: () => ({
    title: 'Ce navigateur refuse cette URL',
    advice: `Une URL valable ressemble à turn:example.org:3478?transport=udp. ${askOperator} de corriger DUET_TURN_URLS.`,
  }),
  loopback: () => ({
    title: 'Ce navigateur ignore les serveurs de son propre ordinateur',
    advice:
      'Firefox ignore les adresses de bouclage. Ouvrez cette page par le nom ou l’adresse de cet ordinateur sur le réseau.',
  }),
  unresolved: (_, url) => ({
    title: url ? `Le nom ${url.host} n’a pas pu être résolu` : 'Le nom du serveur n’a pas pu être résolu',
    advice: 'Vérifiez son orthographe dans DUET_TURN_URLS, son entrée DNS et le serveur DNS de cet appareil.',
  }),
  silent: (_, url) => ({
    title: `Pas de réponse sur ${portText(url)}`,
    advice: `Votre réseau ou le pare-feu du serveur bloque peut-être UDP vers ${hostText(url)}, ou rien n’y est à l’écoute. ${url?.isTurn ? 'TURN sur TCP ou TLS peut passer là où UDP est bloqué.' : 'Sans STUN, les appels vers d’autres réseaux ont besoin d’un relais.'}`,
  }),
  unreachable: (_, url) => ({
    title: `Connexion impossible sur ${portText(url)}`,
    advice: `Rien n’est à l’écoute sur ${hostText(url)}, ou un pare-feu le bloque. ${askOperator} de le démarrer et d’ouvrir le port en TCP.`,
  }),
  untrusted: (_, url) => ({
    title: `Connexion TLS impossible sur ${portText(url)}`,
    advice: `Le certificat doit être valable pour ${hostText(url)}, à jour, et émis par une autorité reconnue des navigateurs. Le port doit être ouvert et utiliser TLS.`,
  }),
  unauthorized: () => ({
    title: 'Identifiants refusés (401)',
    advice:
      'Ce serveur et le serveur TURN doivent partager le même secret : DUET_TURN_SECRET ici, static-auth-secret dans coturn. Les deux horloges doivent être justes, car les identifiants expirent.',
  }),
  expired: () => ({
    title: 'Nonce refusé à plusieurs reprises (438)',
    advice: 'Plusieurs serveurs TURN partagent peut-être ce nom sans partager leur état. Indiquez chacun séparément.',
  }),
  forbidden: () => ({
    title: 'Relais interdit (403)',
    advice:
      'Les règles du serveur TURN bloquent cet utilisateur ou ce pair. Demandez à la personne qui le gère de vérifier les pairs autorisés et refusés.',
  }),
  quota: () => ({
    title: 'Trop de relais pour cet utilisateur (486)',
    advice:
      'Fermez les autres appels, attendez quelques minutes, puis relancez le test. Ou augmentez DUET_TURN_QUOTA_USER.',
  }),
  capacity: () => ({
    title: 'Plus aucun port de relais (508)',
    advice: `${askOperator} d’élargir DUET_TURN_RELAY_PORTS.`,
  }),
  error: ({ number, text }) => ({
    title: `Refusé avec l’erreur ${number}`,
    advice: text || 'Les détails sont dans le journal du serveur TURN.',
  }),
  nothing: () => ({
    title: 'Aucun résultat, et le navigateur ne dit pas pourquoi',
    advice:
      'Une extension ou un réglage bloque peut-être les relais sur cette page. Essayez un autre navigateur. Si cela échoue aussi, consultez le journal du serveur.',
  }),
}

const verdicts: Record<Verdict, UserMessage> = {
  everywhere: {
    title: 'Les appels fonctionnent d’ici',
    advice: 'Le relais fonctionne aussi : les réseaux stricts ne posent pas de problème.',
  },
  'relay-over-tcp': {
    title: 'Les appels fonctionnent d’ici, parfois avec un délai',
    advice: 'Le relais ne fonctionne qu’en TCP, où un paquet perdu retarde les suivants. UDP serait préférable.',
  },
  mostly: {
    title: 'Les appels fonctionnent avec la plupart des gens',
    advice: 'Aucun relais ne fonctionne, et certains réseaux n’autorisent rien d’autre. Voyez les détails ci-dessous.',
  },
  nearby: {
    title: 'Les appels fonctionnent dans votre propre réseau',
    advice: 'Aucun serveur STUN ou TURN ne fonctionne. Voyez les détails ci-dessous.',
  },
  insecure: {
    title: 'La caméra et le micro ne fonctionnent pas ici',
    advice: 'Cette page n’est pas sécurisée. Voyez les détails ci-dessous.',
  },
  'no-webrtc': { title: 'Ce navigateur ne permet pas les appels', advice: 'Voyez ci-dessous comment y remédier.' },
  unreachable: {
    title: 'Aucun appel ne peut commencer',
    advice: 'Le serveur ne répond pas. Voyez les détails ci-dessous.',
  },
}

export const check: CheckTexts = {
  title: 'Test de connexion',
  about:
    'Vérifie si ce navigateur peut passer des appels sur ce réseau. Le test interroge chaque serveur et envoie un paquet par chaque relais.',
  running: 'Test en cours…',
  runningNote: 'Un serveur qui ne répond pas prend jusqu’à dix secondes.',
  runAgain: 'Relancer',
  copy: 'Copier le rapport',
  copied: 'Copié',
  copyFailed: 'Copie impossible – sélectionnez le texte.',
  report: 'Rapport',
  groups: { device: 'Cet appareil', servers: 'STUN et TURN' },
  subjects: {
    page: 'Page',
    signaling: 'Signalisation',
    proxy: 'Proxy inverse',
    devices: 'Caméra et micro',
    addresses: 'Adresses',
    servers: 'Serveurs',
  },
  severities: { fine: 'Fonctionne', limited: 'Limité', failed: 'Échec' },
  testing: 'Test en cours',
  stages: { gathering: 'Demande d’un relais…', connecting: 'Connexion par le relais…', sending: 'Envoi d’un paquet…' },
  waiting: 'Test en cours…',
  verdict: (verdict) => verdicts[verdict],
  finding: (finding, url) => (findings[finding.code] as FindingText<Finding['code']>)(finding as never, url),
}
