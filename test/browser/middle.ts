import type { Description, Message, PeerMessage, RoomEvent } from '../../machines/protocol/messages.ts'
import type { ChromiumTab } from './chromium.ts'
import type { Guest } from './guest.ts'
import { type Bridge, keepBridge, keepEnd } from './bridge.ts'
import { Numbers } from './numbers.ts'

type Visitor = Guest<ChromiumTab>

/**
 * A signalling node that lies. To each of the two it gives descriptions of its own in place of the other's, and between them sits
 * a third browser, with a connection to each, that hands on sound, picture and what is said over the data channel.
 */
export async function sitBetween(ann: Visitor, ben: Visitor, third: Visitor, conduct: Bridge['conduct'], room: string): Promise<void> {
  await third.visit('/')
  await third.tab.run(keepBridge, { conduct, room })
  const bridge = <Given, Result>(work: (given: Given) => Result | Promise<Result>, given: Given) => third.tab.run(work, given)
  const candidate = ({ candidate }: Message<'candidate'>, to: 'a' | 'b') => bridge(({ to, candidate }) => window.bridge.addCandidate(to, candidate), { to, candidate })

  await divert(ben, {
    offer: async (offer) => ({ ...offer, sdp: await bridge((given) => window.bridge.takeOffer(given), plain(offer)) }),
    candidate: async (message) => void await candidate(message, 'a'),
  })
  await divert(ann, {
    answer: async (answer) => ({ ...answer, sdp: await bridge((sdp) => window.bridge.takeAnswer(sdp), answer.sdp) }),
    candidate: async (message) => void await candidate(message, 'b'),
  })
}

const plain = ({ connection, negotiation, sdp }: Description): Description => ({ connection, negotiation, sdp })

/** By what is said: what is told in its place; nothing: it is kept back. */
type Diversion = { [T in PeerMessage['type']]?: (message: Message<T>) => Promise<Message<T> | void> }

interface Line {
  /** Tells the page what the other side never said. */
  tell(message: PeerMessage): void
}

/** What the server tells a page goes through here, one thing after the other; what the page says is overheard. */
async function divert({ tab }: Visitor, diversion: Diversion, overhear: (said: PeerMessage) => void = () => undefined): Promise<Line> {
  let tell: Line['tell'] = () => undefined
  await tab.page.routeWebSocket(/\/trpc/, (socket) => {
    const server = socket.connectToServer()
    const numbers = new Numbers()
    let work = Promise.resolve()
    server.onMessage((text) => {
      work = work.then(async () => {
        const frame = read<News>(String(text))
        const event = frame?.result?.data?.data
        const framed = (message: PeerMessage): string => JSON.stringify({ ...frame, result: { ...frame?.result, data: { ...frame?.result?.data, data: { type: 'message', message } } } })
        if (event) tell = (message) => socket.send(numbers.add(framed(message)))
        const message = event?.type === 'message' ? await diverted(event.message, diversion) : undefined
        if (message === null) numbers.keep()
        else socket.send(numbers.pass(message ? framed(message) : String(text)))
      })
    })
    socket.onMessage((text) => {
      const said = read<Said>(String(text))?.params?.input?.message
      if (said) overhear(said)
      server.send(text)
    })
  })
  return { tell: (message) => tell(message) }
}

interface News { result?: { data?: { data?: RoomEvent } } }
interface Said { params?: { input?: { message?: PeerMessage } } }

const read = <T>(text: string): T | null => (text.startsWith('{') ? JSON.parse(text) as T : null)

/** Undefined: it stays as it is; null: it is kept back. */
async function diverted(message: PeerMessage, diversion: Diversion): Promise<PeerMessage | null | undefined> {
  const replace = diversion[message.type] as ((message: PeerMessage) => Promise<PeerMessage | void>) | undefined
  return replace && (await replace(message) ?? null)
}

/** Gives each of the two a fingerprint that is nobody's. */
export async function forge(...guests: Visitor[]): Promise<void> {
  const forged = <T extends Description>(message: T): Promise<T> =>
    Promise.resolve({ ...message, sdp: message.sdp.replace(/(a=fingerprint:sha-256 )\S+/g, `$1${Array(32).fill('AB').join(':')}`) })
  for (const guest of guests) await divert(guest, { offer: forged, answer: forged })
}

/**
 * Waits until the two have their call; then `turn` offers the first a change of that very connection, whose other end is in a third
 * browser. It is the one who offered at first.
 */
export async function watchForTurn(ann: Visitor, third: Visitor): Promise<{ turn(): Promise<void> }> {
  await third.visit('/')
  await third.tab.run(keepEnd, null)
  let first: Description | null = null
  const line = await divert(ann, {}, (said) => {
    if (said.type === 'offer') first = plain(said)
    // At the end of a test the third may be gone first.
    const pass = <T>(work: (given: T) => unknown, given: T): void => void third.tab.run(work, given).catch(() => undefined)
    if (said.type === 'answer') pass((sdp) => window.end.takeAnswer(sdp), said.sdp)
    if (said.type === 'candidate') pass((candidate) => window.end.addCandidate(candidate), said.candidate)
  })
  return {
    async turn() {
      if (!first) throw new Error('nothing was offered')
      const sdp = await third.tab.run(() => window.end.makeOffer(), null)
      line.tell({ type: 'offer', connection: first.connection, negotiation: first.negotiation + 1, sdp })
    },
  }
}
