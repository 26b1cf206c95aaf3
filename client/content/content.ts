import type { KeyValueStorage } from '../common/storage.ts'
import type { Recorder } from '../trace/recorder.ts'
import { type HeldChannel, openContentChannel } from '../webrtc/contentChannel.ts'
import type { Transfers } from '../transfer/transfers.ts'
import { Chat } from './chat.ts'
import { type ContentKind, contentVersions, type OpenContent, type OpenContentChannel } from './contentKinds.ts'
import { openFiles } from './openFiles.ts'

/** Dependencies of the content of one page in one room. */
export interface ContentParts {
  /** The canonical room name. */
  room: string
  /** The storage of the tab, which survives a reload. */
  storage: KeyValueStorage | undefined
  /** The names of both people; empty without one. Reactive. */
  names: { readonly own: string; readonly peer: string }
  recorder: Pick<Recorder, 'inspect' | 'record'>
  /** The wall clock, in ms since 1970. */
  now(): number
  /** Opens the panel of this kind. */
  openPanel(kind: ContentKind): void
}

/** The content of one page in one room. It outlives connections and peers. */
export class Content {
  readonly chat: Chat
  readonly files: Transfers
  readonly #stop = new AbortController()

  constructor(parts: ContentParts) {
    this.chat = new Chat(parts)
    this.files = openFiles(parts)
    addEventListener('pagehide', () => this.chat.save(), { signal: this.#stop.signal })
  }

  /**
   * Uses the channels of the kinds that both pages have. Returns its stop function.
   * @param theirs the versions of the peer's page
   */
  connect(held: Readonly<Record<ContentKind, HeldChannel>>, theirs: Readonly<Record<ContentKind, number>>): () => void {
    const open = (kind: ContentKind): OpenContentChannel | null => {
      const version = Math.min(contentVersions[kind], theirs[kind])
      return version > 0 ? { channel: openContentChannel(held[kind]), version } : null
    }
    return this.onOpen({ chat: open('chat'), files: open('files') })
  }

  /** Uses the channels of a connection. Returns its stop function, which is called before they are closed. */
  onOpen({ chat, files }: OpenContent): () => void {
    const stops = [
      ...(chat ? [this.chat.open(chat.channel)] : []),
      ...(files ? [this.files.onOpen(files.channel)] : []),
    ]
    return () => stops.forEach((stop) => stop())
  }

  /** Another person may be the peer now, or the visit ended: forgets all content. */
  clear(): void {
    this.chat.clear()
    this.files.clear()
  }

  /** Stores the content and stops it. */
  dispose(): void {
    this.#stop.abort()
    this.chat.dispose()
  }
}
