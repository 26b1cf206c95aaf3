import { type KeyValueStorage, removeStored } from '../common/storage.ts'
import type { ContentChannel, ContentChannels } from '../webrtc/contentChannel.ts'
import { type DataChannel, listenFor } from '../webrtc/dataChannel.ts'
import type { Content, ContentParts } from './content.ts'

/** The kinds of content, each with a channel and a panel of its own. */
export const contentKinds = ['chat', 'files'] as const
export type ContentKind = (typeof contentKinds)[number]

/** The versions of the content protocols that this page has; 0 is none. */
export const contentVersions: Readonly<Record<ContentKind, number>> = { chat: 1, files: 0 }

/** The channel of a kind that both pages have. */
export interface OpenContentChannel {
  channel: ContentChannel
  /** The lower version of both pages, from 1. */
  version: number
}

/** The channels of one connection; null: the peer's page does not have this kind. */
export type OpenContent = Readonly<Record<ContentKind, OpenContentChannel | null>>

/** The key of this kind's values in the storage of the tab. */
export const contentStorageKey = (kind: ContentKind, room: string): string => `${kind}:${room}`

/** The content of the two people: chat and files. Its code loads when the person joins. */
export interface LazyContent {
  /** Null until the code is loaded. */
  readonly current: Content | null
  /** Calls the listener when `current` changes. Returns its stop function. */
  subscribe(listener: () => void): () => void
  /** Loads the code. Resolves with null if that fails; the next opening of a channel tries again. */
  load(): Promise<Content | null>
  /** Exchanges versions on an open control channel, then uses the content channels. Returns its stop function. */
  exchange(control: DataChannel, channels: ContentChannels): () => void
  /** Another person may be the peer now, or the visit ended: forgets all content, also in the storage. */
  clear(): void
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
      let isOffered = false
      let isStopped = false
      let stopContent = (): void => undefined
      const unsubscribe = control.subscribe(
        listenFor<'content'>({
          features: (theirs) => {
            if (isOffered) return
            isOffered = true
            const open = selectContent(channels, theirs)
            void load().then((content) => {
              if (content && !isStopped) stopContent = content.onOpen(open)
            })
          },
        }),
      )
      control.send({ type: 'features', ...contentVersions })
      return () => {
        isStopped = true
        unsubscribe()
        stopContent()
        for (const kind of contentKinds) channels[kind].close()
      }
    },
    clear() {
      for (const kind of contentKinds) removeStored(parts.storage, contentStorageKey(kind, parts.room))
      current?.clear()
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

/** Returns the channels of the kinds that both pages have. */
function selectContent(channels: ContentChannels, theirs: Readonly<Record<ContentKind, number>>): OpenContent {
  const select = (kind: ContentKind): OpenContentChannel | null => {
    const version = Math.min(contentVersions[kind], theirs[kind])
    return version > 0 ? { channel: channels[kind], version } : null
  }
  return { chat: select('chat'), files: select('files') }
}
