import type { ChatEntry, OutgoingText, StoredChat } from '../../machines/chat/chatEvents.ts'
import { createEmptyChat } from '../../machines/chat/chatMachine.ts'
import { createRandomKey } from '../common/randomKey.ts'
import { getStored, type KeyValueStorage, setStored } from '../common/storage.ts'
import { contentStorageKey } from './contentKinds.ts'

/** The format of the stored value. A page with another format begins an empty chat. */
const version = 1

/** Keeps the chat of one room in the storage of the tab, so that a reload continues it. */
export class ChatStorage {
  readonly #storage: KeyValueStorage | undefined
  readonly #key: string
  #saved: StoredChat | null = null

  constructor(storage: KeyValueStorage | undefined, room: string) {
    this.#storage = storage
    this.#key = contentStorageKey('chat', room)
  }

  /** Returns the stored chat, or an empty one of a new stay. */
  load(): StoredChat {
    return parseStored(getStored(this.#storage, this.#key)) ?? createEmptyChat(createRandomKey())
  }

  /** Stores the chat if it has changed. If the storage is full or denied, the chat ends with the page. */
  save({ stay, peerStay, receivedSeq, sentSeq, outbox, entries, entryId, droppedCount }: StoredChat): void {
    const chat: StoredChat = { stay, peerStay, receivedSeq, sentSeq, outbox, entries, entryId, droppedCount }
    const saved = this.#saved
    if (saved && Object.entries(chat).every(([name, value]) => saved[name as keyof StoredChat] === value)) return
    this.#saved = chat
    setStored(this.#storage, this.#key, JSON.stringify({ version, ...chat }))
  }
}

function parseStored(text: string | null): StoredChat | null {
  if (text === null) return null
  try {
    const { version: found, ...chat } = JSON.parse(text) as StoredChat & { version: number }
    return found === version && isStoredChat(chat) ? chat : null
  } catch {
    return null
  }
}

const isStoredChat = ({ stay, outbox, entries, ...counts }: StoredChat): boolean =>
  typeof stay === 'string' &&
  Array.isArray(outbox) &&
  Array.isArray(entries) &&
  [...outbox, ...entries].every(({ id, text }: OutgoingText | ChatEntry) => Number.isInteger(id) && Boolean(text)) &&
  [counts.receivedSeq, counts.sentSeq, counts.entryId, counts.droppedCount].every(Number.isInteger)
