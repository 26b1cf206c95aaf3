import type {
  DescriptionMessage,
  IceConfig,
  IceServer,
  Message,
  PeerMessage,
  RoomEvent,
  RoomView,
} from '../../machines/protocol/messages.ts'
import { toRelayDescription } from '../../machines/protocol/relayDescription.ts'
import type { ChromiumTab } from './chromium.ts'
import type { BrowserUser } from './browserUser.ts'
import {
  type MediaBridge,
  type MediaBridgeOptions,
  installMediaBridge,
  installForeignPeer,
} from './mitmPeerConnections.ts'
import { EventRenumbering } from './eventRenumbering.ts'
import type { FrameProxy, ProxiedConnection } from './frameProxy.ts'

/** A user whose frames go through the malicious node. */
export interface MitmUser {
  user: BrowserUser<ChromiumTab>
  frameProxy: FrameProxy
}

/**
 * A malicious signaling node. It replaces the descriptions of both pages with its own. A third browser holds one
 * connection to each page and forwards audio, video and data channel messages.
 */
export async function interposeBrowser(
  ann: MitmUser,
  ben: MitmUser,
  third: BrowserUser<ChromiumTab>,
  mode: MediaBridge['mode'],
  room: string,
): Promise<void> {
  await third.openPath('/')
  await third.tab.run(installMediaBridge, { mode, room })
  const bridge = <Given, Result>(work: (given: Given) => Result | Promise<Result>, given: Given) =>
    third.tab.run(work, given)
  const candidate = ({ candidate }: Message<'candidate'>, to: 'a' | 'b') =>
    bridge(({ to, candidate }) => window.mediaBridge.addCandidate(to, candidate), { to, candidate })

  interceptSignaling(ben, {
    offer: async (offer) => ({
      ...offer,
      sdp: await bridge((given) => window.mediaBridge.acceptOffer(given), copyDescription(offer)),
    }),
    candidate: async (message) => void (await candidate(message, 'a')),
  })
  interceptSignaling(ann, {
    answer: async (answer) => ({
      ...answer,
      sdp: await bridge((sdp) => window.mediaBridge.acceptAnswer(sdp), answer.sdp),
    }),
    candidate: async (message) => void (await candidate(message, 'b')),
  })
}

/**
 * The same node for a prepared connection: Ann waits, and Ben is in the lobby. It replaces the offer and the answer of
 * the preparation. Later it answers Ann's ICE restart itself.
 */
export async function interposePrepared(
  ann: MitmUser,
  ben: MitmUser,
  third: BrowserUser<ChromiumTab>,
  options: Omit<MediaBridgeOptions, 'iceServers'>,
): Promise<void> {
  await third.openPath('/')
  const replaced = new Map<string, Promise<string>>()
  const once = (key: string, replace: () => Promise<string>): Promise<string> => {
    const known = replaced.get(key) ?? replace()
    replaced.set(key, known)
    return known
  }
  const drop = () => Promise.resolve()
  let iceServers: readonly IceServer[] = []

  // Ann's later offers and candidates would replace the bridge.
  interceptSignaling(
    ben,
    { offer: drop, candidate: drop },
    {
      async replaceResult(result) {
        iceServers = result.iceServers ?? iceServers
        const { id, offer } = result.preparation ?? {}
        if (id === undefined || offer === undefined) return result
        const sdp = await once(`offer ${id}`, async () => {
          await third.tab.run(installMediaBridge, { ...options, iceServers })
          const given: DescriptionMessage = { connection: `a${id}.0`, negotiation: 1, sdp: offer }
          return third.tab.run((to) => window.mediaBridge.acceptOffer(to), given)
        })
        return { ...result, preparation: { id, offer: toRelayDescription(sdp) } }
      },
    },
  )
  const { inject } = interceptSignaling(
    ann,
    {},
    {
      onSent(sent) {
        if (sent.type !== 'offer' || sent.negotiation < 2) return
        const { connection, negotiation } = sent
        void third.tab
          .run((given) => window.mediaBridge.answerRestart(given), copyDescription(sent))
          .then((sdp) => inject({ type: 'answer', connection, negotiation, sdp }))
          // The third browser may be closed first at the end of a test.
          .catch(() => undefined)
      },
      async replaceEvent(event) {
        if (event.type !== 'preparation.answered') return event
        const { preparation, sdp } = event
        const accept = () => third.tab.run((given) => window.mediaBridge.acceptAnswer(given), sdp)
        return { ...event, sdp: toRelayDescription(await once(`answer ${preparation}`, accept)) }
      },
    },
  )
}

const copyDescription = ({ connection, negotiation, sdp }: DescriptionMessage): DescriptionMessage => ({
  connection,
  negotiation,
  sdp,
})

/** Replacements by message type. A replacement that returns nothing drops the message. */
type MessageReplacements = { [T in PeerMessage['type']]?: (message: Message<T>) => Promise<Message<T> | void> }

interface MessageInjector {
  /** Delivers a message to the page that the peer never sent. */
  inject(message: PeerMessage): void
}

/** The node also changes these frames of one page. */
interface Interception {
  /** Called with each message that the page sends. */
  onSent?(sent: PeerMessage): void
  /** Replaces an event of the room, except messages of the peer. */
  replaceEvent?(event: RoomEvent): Promise<RoomEvent>
  /** Replaces the result of a query, or a view of the lobby. */
  replaceResult?(result: QueryResult): Promise<QueryResult>
}
type QueryResult = Partial<RoomView & IceConfig>

/** Rewrites the server's messages to this page in order. */
function interceptSignaling(
  { frameProxy }: MitmUser,
  replacements: MessageReplacements,
  { onSent, replaceEvent, replaceResult }: Interception = {},
): MessageInjector {
  let inject: MessageInjector['inject'] = () => undefined
  const numbersOf = new WeakMap<ProxiedConnection, EventRenumbering>()
  let work = Promise.resolve()
  frameProxy.down = (text, pass, connection) => {
    const numbers = numbersOf.get(connection) ?? new EventRenumbering()
    numbersOf.set(connection, numbers)
    work = work.then(async () => {
      const frame = parseFrame<ServerFrame>(text)
      const event = frame?.result?.data?.data
      const frameWith = (other: RoomEvent): string =>
        JSON.stringify({ ...frame, result: { ...frame?.result, data: { ...frame?.result?.data, data: other } } })
      const framed = (message: PeerMessage): string => frameWith({ type: 'message', message })
      if (event) inject = (message) => pass(numbers.append(framed(message)))
      const message = event?.type === 'message' ? await replaceMessage(event.message, replacements) : undefined
      if (message === null) numbers.withhold()
      else if (message) pass(numbers.renumber(framed(message)))
      else if (event && replaceEvent) pass(numbers.renumber(frameWith(await replaceEvent(event))))
      else if (!event && replaceResult && frame?.result?.data) {
        const data = await replaceResult(frame.result.data)
        pass(JSON.stringify({ ...frame, result: { ...frame.result, data } }))
      } else pass(numbers.renumber(text))
    })
  }
  frameProxy.up = (text, pass) => {
    const sent = parseFrame<ClientFrame>(text)?.params?.input?.message
    if (sent) onSent?.(sent)
    pass(text)
  }
  return { inject: (message) => inject(message) }
}

interface ServerFrame {
  result?: { data?: QueryResult & { data?: RoomEvent } }
}
interface ClientFrame {
  params?: { input?: { message?: PeerMessage } }
}

const parseFrame = <T>(text: string): T | null => (text.startsWith('{') ? (JSON.parse(text) as T) : null)

/** Undefined: forward the message unchanged. Null: drop it. */
async function replaceMessage(
  message: PeerMessage,
  replacements: MessageReplacements,
): Promise<PeerMessage | null | undefined> {
  const replace = replacements[message.type] as ((message: PeerMessage) => Promise<PeerMessage | void>) | undefined
  return replace && ((await replace(message)) ?? null)
}

/** Replaces the fingerprint in both descriptions with one of no certificate. */
export function forgeFingerprints(...users: MitmUser[]): void {
  const forged = <T extends DescriptionMessage>(message: T): Promise<T> =>
    Promise.resolve({
      ...message,
      sdp: message.sdp.replace(/(a=fingerprint:sha-256 )\S+/g, `$1${Array(32).fill('AB').join(':')}`),
    })
  for (const user of users) interceptSignaling(user, { offer: forged, answer: forged })
}

/**
 * Prepares an attack on an established call. `hijack` offers Ann a renegotiation of her connection whose other end is a
 * third browser. Ann must be the offerer.
 */
export async function prepareHijack(
  ann: MitmUser,
  third: BrowserUser<ChromiumTab>,
): Promise<{ hijack(): Promise<void> }> {
  await third.openPath('/')
  await third.tab.run(installForeignPeer, null)
  let first: DescriptionMessage | null = null
  const injector = interceptSignaling(
    ann,
    {},
    {
      onSent(sent) {
        if (sent.type === 'offer') first = copyDescription(sent)
        // The third browser may be closed first at the end of a test.
        const pass = <T>(work: (given: T) => unknown, given: T): void =>
          void third.tab.run(work, given).catch(() => undefined)
        if (sent.type === 'answer') pass((sdp) => window.foreignPeer.acceptAnswer(sdp), sent.sdp)
        if (sent.type === 'candidate') pass((candidate) => window.foreignPeer.addCandidate(candidate), sent.candidate)
      },
    },
  )
  return {
    async hijack() {
      if (!first) throw new Error('the page has sent no offer')
      const sdp = await third.tab.run(() => window.foreignPeer.createOffer(), null)
      injector.inject({ type: 'offer', connection: first.connection, negotiation: first.negotiation + 1, sdp })
    },
  }
}
