import { Chat } from '../../../client/content/chat.ts'
import type { KeyValueStorage } from '../../../client/common/storage.ts'
import type { ContentChannel, ContentListener } from '../../../client/webrtc/contentChannel.ts'
import { createMemoryStorage } from '../common/memoryStorage.ts'

/** One end of a channel whose messages arrive one at a time, when the test delivers them. */
export class FakeContentChannel implements ContentChannel {
  readonly bufferedAmount = 0
  /** Messages of this end on their way. */
  readonly onTheWay: (string | ArrayBuffer)[] = []
  readonly sent: (string | ArrayBuffer)[] = []
  isClosed = false
  #listener: ContentListener | null = null

  send(data: string | ArrayBuffer): boolean {
    if (this.isClosed) return false
    this.sent.push(data)
    this.onTheWay.push(data)
    return true
  }

  onBufferLow(): () => void {
    return () => undefined
  }

  subscribe(listener: ContentListener): () => void {
    this.#listener = listener
    return () => {
      if (this.#listener === listener) this.#listener = null
    }
  }

  receive(data: string | ArrayBuffer): void {
    if (!this.isClosed) this.#listener?.onMessage(data)
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#listener?.onClose()
  }
}

/** A page with a chat. A reload keeps its storage. */
export class ChatPage {
  readonly storage: KeyValueStorage
  readonly #now: () => number
  chat: Chat
  stopChannel: (() => void) | null = null

  constructor(now: () => number, storage = createMemoryStorage()) {
    this.storage = storage
    this.#now = now
    this.chat = this.#load()
  }

  /** The shown texts, oldest first. */
  get texts(): string[] {
    return this.chat.actor.getSnapshot().context.entries.map(({ from, text }) => `${from}: ${text}`)
  }

  textsFrom(from: 'own' | 'peer'): string[] {
    return this.chat.actor.getSnapshot().context.entries.flatMap((entry) => (entry.from === from ? [entry.text] : []))
  }

  /** @param isOrderly false: the process ends without a `pagehide` */
  reload(isOrderly: boolean): void {
    if (isOrderly) this.chat.save()
    const kept = this.storage.getItem('duet:chat:room')
    this.stopChannel?.()
    this.stopChannel = null
    this.chat.dispose()
    // A process that ends suddenly stores nothing more.
    if (!isOrderly && kept !== null) this.storage.setItem('duet:chat:room', kept)
    if (!isOrderly && kept === null) this.storage.removeItem('duet:chat:room')
    this.chat = this.#load()
  }

  #load(): Chat {
    const recorder = { inspect: () => () => undefined }
    return new Chat({ room: 'room', storage: this.storage, recorder, now: this.#now, monotonicNow: this.#now })
  }
}

/** Two pages and the channel between them. A test may replace a page while the channel is closed. */
export class ChatPair {
  nowMs = 1_000_000
  readonly pages: [ChatPage, ChatPage]
  #ends: readonly [FakeContentChannel, FakeContentChannel] | null = null

  constructor() {
    const now = (): number => this.nowMs
    this.pages = [new ChatPage(now), new ChatPage(now)]
  }

  get ends(): readonly [FakeContentChannel, FakeContentChannel] | null {
    return this.#ends
  }

  connect(): void {
    this.cut()
    const ends = [new FakeContentChannel(), new FakeContentChannel()] as const
    this.#ends = ends
    this.pages.forEach((page, index) => {
      page.stopChannel = page.chat.open(ends[index as 0 | 1])
    })
  }

  /** Ends the channel. Messages on their way are lost. */
  cut(): void {
    this.#ends = null
    for (const page of this.pages) {
      page.stopChannel?.()
      page.stopChannel = null
    }
  }

  /** Delivers the next message of one end. Returns false without one. */
  deliver(from: 0 | 1): boolean {
    const data = this.#ends?.[from].onTheWay.shift()
    if (data !== undefined) this.#ends?.[from === 0 ? 1 : 0].receive(data)
    return data !== undefined
  }

  /** Delivers everything, also what an arrival sends. */
  deliverAll(): void {
    while (this.deliver(0) || this.deliver(1));
  }
}
