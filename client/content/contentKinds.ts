import type { ContentChannel } from '../webrtc/contentChannel.ts'

/** The kinds of content, each with a channel and a panel of its own. */
export const contentKinds = ['chat', 'files'] as const
export type ContentKind = (typeof contentKinds)[number]

/** The versions of the content protocols that this page has; 0 is none. */
export const contentVersions: Readonly<Record<ContentKind, number>> = { chat: 1, files: 1 }

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
