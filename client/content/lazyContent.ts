import { limits } from '../../machines/protocol/limits.ts'
import { getStored, type KeyValueStorage, removeStored, setStored } from '../common/storage.ts'
import type { HeldChannel } from '../webrtc/contentChannel.ts'
import { type DataChannel, listenFor } from '../webrtc/dataChannel.ts'
import type { ContentDataChannels } from '../webrtc/peerChannels.ts'
import type { Content, ContentParts } from './content.ts'
import { type ContentKind, contentKinds, contentStorageKey, contentVersions } from './contentKinds.ts'

/** The content of the two people: chat and files. Its code loads when the person joins. */
export interface LazyContent {
  /** Null until the code is loaded. */
  readonly current: Content | null
  /** Calls the listener when `current` changes. Returns its stop function. */
  subscribe(listener: () => void): () => void
  /** Loads the code. Resolves with null if that fails; the next opening of a channel tries again. */
  load(): Promise<Content | null>
  /** Exchanges versions on an open control channel, then uses the content channels. Returns its stop function. */
  exchange(control: DataChannel, channels: ContentDataChannels): () => void
  /** Another person may be the peer now, or the visit ended: forgets all content, also in the storage. */
  clear(): void
  /** Returns the chat for another tab of this browser that continues the call; null if none is stored. */
  exportChat(): string | null
  /** Continues with the chat of another tab. */
  importChat(exported: string): void
  /** Opens the panel of this kind, if a call screen is shown. */
  openPanel(kind: ContentKind): void
  /** Calls the listener at each `openPanel`. Returns its stop function. */
  onPanelRequest(listener: (kind: ContentKind) => void): () => void
  dispose(): void
}

/** Without the code, for example after an update of the server, the page calls as before. */
export function createLazyContent(
  parts: Omit<ContentParts, 'openPanel'> & { storage: KeyValueStorage | undefined },
): LazyContent {
  let current: Content | null = null
  let loading: Promise<Content | null> | null = null
  let isDisposed = false
  const listeners = new Set<() => void>()
  const panelListeners = new Set<(kind: ContentKind) => void>()
  const chatKey = contentStorageKey('chat', parts.room)

  const openPanel = (kind: ContentKind): void => {
    for (const listener of panelListeners) listener(kind)
  }
  const load = (): Promise<Content | null> =>
    (loading ??= import('./content.ts').then(
      (code) => {
        if (isDisposed) return null
        current = new code.Content({ ...parts, openPanel })
        for (const listener of listeners) listener()
        return current
      },
      () => (loading = null),
    ))

  return {
    get current() {
      return current
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    load,
    exchange(control, channels) {
      const held = { chat: holdMessages(channels.chat), files: holdMessages(channels.files) }
      let isOffered = false
      let isStopped = false
      let disconnect = (): void => undefined
      const unsubscribe = control.subscribe(
        listenFor<'content'>({
          features: (theirs) => {
            if (isOffered) return
            isOffered = true
            void load().then((content) => {
              if (content && !isStopped) disconnect = content.connect(held, theirs)
            })
          },
        }),
      )
      control.send({ type: 'features', ...contentVersions })
      return () => {
        isStopped = true
        unsubscribe()
        disconnect()
        for (const kind of contentKinds) channels[kind].close()
      }
    },
    clear() {
      for (const kind of contentKinds) removeStored(parts.storage, contentStorageKey(kind, parts.room))
      current?.clear()
    },
    exportChat() {
      current?.chat.save()
      return getStored(parts.storage, chatKey)
    },
    importChat(exported) {
      setStored(parts.storage, chatKey, exported)
      current?.chat.takeOver()
    },
    openPanel,
    onPanelRequest(listener) {
      panelListeners.add(listener)
      return () => panelListeners.delete(listener)
    },
    dispose() {
      isDisposed = true
      current?.dispose()
    },
  }
}

/**
 * Keeps messages until the code that reads them is loaded. Above `limits.contentBacklogBytes` it closes the channel. Each
 * message counts some bytes more, because it takes memory, too.
 */
function holdMessages(channel: RTCDataChannel): HeldChannel {
  const messages: HeldChannel['messages'] = []
  let bytes = 0
  channel.binaryType = 'arraybuffer'
  channel.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    bytes += 100 + (typeof data === 'string' ? data.length : data.byteLength)
    if (bytes > limits.contentBacklogBytes) channel.close()
    else messages.push(data)
  }
  return { channel, messages }
}
