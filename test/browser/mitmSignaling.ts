import type { DescriptionMessage, Message, PeerMessage, RoomEvent } from '../../machines/protocol/messages.ts'
import type { ChromiumTab } from './chromium.ts'
import type { BrowserUser } from './browserUser.ts'
import { type MediaBridge, installMediaBridge, installForeignPeer } from './mitmPeerConnections.ts'
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

/** Rewrites the server's messages to this page in order, and reports the page's own messages to `onSent`. */
function interceptSignaling(
  { frameProxy }: MitmUser,
  replacements: MessageReplacements,
  onSent: (sent: PeerMessage) => void = () => undefined,
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
      const framed = (message: PeerMessage): string =>
        JSON.stringify({
          ...frame,
          result: { ...frame?.result, data: { ...frame?.result?.data, data: { type: 'message', message } } },
        })
      if (event) inject = (message) => pass(numbers.append(framed(message)))
      const message = event?.type === 'message' ? await replaceMessage(event.message, replacements) : undefined
      if (message === null) numbers.withhold()
      else pass(numbers.renumber(message ? framed(message) : text))
    })
  }
  frameProxy.up = (text, pass) => {
    const sent = parseFrame<ClientFrame>(text)?.params?.input?.message
    if (sent) onSent(sent)
    pass(text)
  }
  return { inject: (message) => inject(message) }
}

interface ServerFrame {
  result?: { data?: { data?: RoomEvent } }
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
  const injector = interceptSignaling(ann, {}, (sent) => {
    if (sent.type === 'offer') first = copyDescription(sent)
    // The third browser may be closed first at the end of a test.
    const pass = <T>(work: (given: T) => unknown, given: T): void =>
      void third.tab.run(work, given).catch(() => undefined)
    if (sent.type === 'answer') pass((sdp) => window.foreignPeer.acceptAnswer(sdp), sent.sdp)
    if (sent.type === 'candidate') pass((candidate) => window.foreignPeer.addCandidate(candidate), sent.candidate)
  })
  return {
    async hijack() {
      if (!first) throw new Error('the page has sent no offer')
      const sdp = await third.tab.run(() => window.foreignPeer.createOffer(), null)
      injector.inject({ type: 'offer', connection: first.connection, negotiation: first.negotiation + 1, sdp })
    },
  }
}
