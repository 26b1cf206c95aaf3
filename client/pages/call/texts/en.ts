import { emojiNames } from './emoji.en.ts'
import { files } from './files.en.ts'

export const en = {
  /** `duration`: of the call, such as 12:34. */
  endedAfter: (title: string, duration: string): string => `${title} · ${duration}`,
  devicesReleased: 'Your camera and microphone are off. The link to this room still works.',
  callAgain: 'Call again',
  leave: 'Leave',
  /** Titles of system notifications. A knock has its text in `../../door/texts/en.ts`. */
  presence: { arrived: 'They joined the call', left: 'They left the call', admitted: 'You’re in the call now' },
  attention: 'Sounds and notifications',
  sounds: 'Sounds when someone comes, goes, knocks or writes',
  notifications: 'Notify me while this page is hidden',
  notificationsNote: 'See when someone comes or writes while you’re in another tab or window.',
  allowNotifications: 'Allow notifications',
  notifyMe: 'Notify me when someone comes',
  notificationsOn: 'You’ll get a notification while this page is hidden.',
  notificationsBlocked: 'Your browser blocks notifications for this page.',
  /** The panel that arranges the videos. */
  view: {
    sideBySide: 'Side by side',
    hideOwn: 'Hide your video',
    mirror: 'Mirror your video',
    mirrorNote: 'Only you see it mirrored.',
    swap: 'Swap videos',
    move: 'Move the small video',
    openWindow: 'Picture in picture',
    closeWindow: 'Close picture in picture',
  },
  /** The chat over the data channel. */
  chat: {
    title: 'Chat',
    close: 'Close chat',
    unread: (count: string): string => `${count} unread`,
    empty: 'Messages go straight to the other person. They’re gone when you leave.',
    dropped: 'Older messages are gone.',
    you: 'You',
    them: 'Them',
    field: 'Message',
    send: 'Send',
    waiting: 'Sends when the connection is back',
    full: 'Too many messages are waiting.',
    flooded: 'They sent too many messages, so the chat is closed. Your call continues.',
    said: (name: string, text: string): string => `${name}: ${text}`,
    arrived: 'New message',
    arrivedFrom: (name: string): string => `New message from ${name}`,
  },
  files,
  emojiNames,
}
