import { type ActorRefFrom, createActor, type EmittedFrom } from 'xstate'
import { chatMachine } from '../../machines/chat/chatMachine.ts'
import { type ChatMessage, parseChatMessage } from '../../machines/protocol/chatMessages.ts'
import { cleanChatText } from '../../machines/protocol/chatText.ts'
import { contentLimits } from '../../machines/protocol/contentLimits.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { createRandomKey } from '../common/randomKey.ts'
import type { KeyValueStorage } from '../common/storage.ts'
import { TokenBucket } from '../common/tokenBucket.ts'
import type { Recorder } from '../trace/recorder.ts'
import type { ContentChannel } from '../webrtc/contentChannel.ts'
import { ChatStorage } from './chatStorage.ts'

/** Dependencies of the chat. */
export interface ChatParts {
  room: string
  /** The storage of the tab, which survives a reload. */
  storage: KeyValueStorage | undefined
  recorder: Pick<Recorder, 'inspect'>
  /** The wall clock, in ms since 1970. */
  now(): number
  /** A monotonic clock in ms, for the rate limits. */
  monotonicNow?(): number
}

type ChatEffect = EmittedFrom<typeof chatMachine>

/** The longest age that a text may have (machines/protocol/chatMessages.ts). */
const maxAgeMs = 7 * 24 * 60 * 60 * 1000

/** The chat of one page in one room. It outlives connections and peers. */
export class Chat {
  readonly actor: ActorRefFrom<typeof chatMachine>
  readonly #parts: ChatParts
  readonly #storage: ChatStorage
  readonly #effects: { unsubscribe(): void }
  #channel: ContentChannel | null = null
  #ackTimer: ReturnType<typeof setTimeout> | null = null

  constructor(parts: ChatParts) {
    this.#parts = parts
    this.#storage = new ChatStorage(parts.storage, parts.room)
    this.actor = createActor(chatMachine, { input: this.#storage.load(), inspect: parts.recorder.inspect('chat') })
    this.#effects = this.actor.on('*', (effect) => this.#execute(effect))
    this.actor.start()
  }

  /** Uses the chat channel of a connection. Returns its stop function. */
  open(channel: ContentChannel): () => void {
    const { monotonicNow } = this.#parts
    const messages = new TokenBucket(
      { burst: contentLimits.chatMessageBurst, perSecond: contentLimits.chatMessagesPerSecond },
      monotonicNow,
    )
    const bytes = new TokenBucket(
      { burst: contentLimits.chatByteBurst, perSecond: contentLimits.chatBytesPerSecond },
      monotonicNow,
    )
    const close = (): void => {
      if (this.#channel !== channel) return
      this.#channel = null
      this.save()
      this.actor.send({ type: 'channel.closed' })
    }
    this.#channel = channel
    this.actor.send({ type: 'channel.opened' })
    const unsubscribe = channel.subscribe({
      onMessage: (data) => {
        if (this.#channel !== channel) return
        const size = typeof data === 'string' ? data.length : data.byteLength
        if (messages.take(1) && bytes.take(size)) this.#receive(parseChatMessage(data))
        else this.actor.send({ type: 'channel.flooded' })
      },
      onClose: close,
    })
    return () => {
      unsubscribe()
      close()
    }
  }

  /**
   * Sends a text as the person typed it, or keeps it until there is a connection. Returns false if it has no visible
   * character, or if too many texts wait.
   */
  send(typed: string): boolean {
    const event = { type: 'user.sent', text: cleanChatText(typed), atMs: this.#parts.now() } as const
    if (!event.text || !this.actor.getSnapshot().can(event)) return false
    this.actor.send(event)
    this.save()
    return true
  }

  /** Stores the chat. Called before anything is sent, and when the page is left. */
  save(): void {
    this.#storage.save(this.actor.getSnapshot().context)
  }

  /** Continues the chat of another tab, which the storage of this tab has now. */
  takeOver(): void {
    this.actor.send({ type: 'chat.handedOver', chat: this.#storage.load() })
  }

  /** Forgets all texts. The caller removes the stored ones. */
  clear(): void {
    this.actor.send({ type: 'chat.cleared', stay: createRandomKey() })
  }

  /** Stores the chat and stops it. */
  dispose(): void {
    this.save()
    this.#cancelAck()
    this.#effects.unsubscribe()
    this.actor.stop()
  }

  #receive(message: ChatMessage | null): void {
    if (message?.type === 'hello') this.actor.send({ ...message, type: 'hello.received' })
    else if (message?.type === 'ack') this.actor.send({ type: 'ack.received', seq: message.seq })
    else if (message?.type === 'text') {
      const { seq, text, ageMs } = message
      this.actor.send({ type: 'text.received', seq, text, atMs: this.#parts.now() - ageMs })
    }
  }

  #execute(effect: ChatEffect): void {
    const { stay, peerStay, receivedSeq } = this.actor.getSnapshot().context
    if (effect.type === 'hello.outgoing') {
      const received = peerStay !== null && receivedSeq > 0 ? { stay: peerStay, seq: receivedSeq } : null
      this.#send({ type: 'hello', stay, received })
    } else if (effect.type === 'texts.outgoing') {
      for (const { seq, text, atMs } of effect.texts) {
        const ageMs = Math.min(Math.max(0, Math.round(this.#parts.now() - atMs)), maxAgeMs)
        this.#send({ type: 'text', seq, text, ageMs })
      }
    } else if (effect.type === 'ack.outgoing')
      this.#ackTimer ??= setTimeout(() => this.#acknowledge(), timeouts.chatAckMs)
    else if (effect.type === 'channel.rejected') this.#rejectChannel()
  }

  #acknowledge(): void {
    this.#ackTimer = null
    const { receivedSeq } = this.actor.getSnapshot().context
    if (receivedSeq > 0) this.#send({ type: 'ack', seq: receivedSeq })
  }

  /** A crash after this must lose nothing that the peer knows. */
  #send(message: ChatMessage): void {
    this.save()
    this.#channel?.send(JSON.stringify(message))
  }

  #rejectChannel(): void {
    const channel = this.#channel
    this.#channel = null
    this.#cancelAck()
    channel?.close()
  }

  #cancelAck(): void {
    if (this.#ackTimer) clearTimeout(this.#ackTimer)
    this.#ackTimer = null
  }
}
