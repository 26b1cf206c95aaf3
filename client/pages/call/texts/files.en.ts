import { formatBytes, formatNumber } from '../../../i18n/format.ts'

/** The texts about files that the two people send each other. Sizes are in bytes. */
export const files = {
  title: 'Files',
  send: 'Send files',
  hint: 'Drag files here, paste them, or select them. No server can read them.',
  drop: 'Drop files to send them',
  save: 'Save',
  saveAgain: 'Save again',
  decline: 'Decline',
  cancel: 'Cancel',
  fromYou: 'From you',
  fromThem: 'From them',
  size: (size: number): string => formatBytes('en', size),
  progress: (received: number, size: number): string => `${formatBytes('en', received)} of ${formatBytes('en', size)}`,
  rate: (bytes: number): string => `${formatBytes('en', bytes)}/s`,
  /** `duration`: such as 12:34. */
  left: (duration: string): string => `${duration} left`,
  /** `ByYou`, `ByThem`: the person that sent it or decided it. `ForYou`, `ForThem`: the receiver. */
  status: {
    offeredByYou: 'Waiting for their answer',
    offeredByThem: 'They’re sending you this file',
    preparing: 'Preparing…',
    paused: 'Paused until you’re reconnected',
    checking: 'Checking…',
    delivered: 'Delivered',
    received: 'Received',
    declinedByYou: 'You declined it',
    declinedByThem: 'They declined it',
    cancelledByYou: 'You cancelled it',
    cancelledByThem: 'They cancelled it',
    reloadedByYou: 'Your page was reloaded. Send the file again.',
    reloadedByThem: 'Their page was reloaded. Ask them to send it again.',
    unreadableByYou: 'The file has changed or can’t be read. Select it again.',
    unreadableByThem: 'They can’t read the file anymore. Ask them to send it again.',
    storageByYou: 'There’s no room for this file. Free some space, then ask for it again.',
    storageByThem: 'They have no room for this file.',
    damagedForYou: 'The file arrived damaged. Ask them to send it again.',
    damagedForThem: 'The file arrived damaged. Send it again.',
    limit: 'Too many files at once. Send it again later.',
  },
  program: 'This file can run a program. Open it only if you trust them.',
  flooded: 'They sent too much at once. Files are off until you’re reconnected.',
  gone: 'Your browser no longer has this file.',
  tooMany: (count: number): string => `You can send up to ${formatNumber('en', count)} files at a time.`,
  tooLarge: (size: number): string => `A file can have up to ${formatBytes('en', size)}.`,
  memoryLimit: (size: number): string => `This browser can receive files of up to ${formatBytes('en', size)}.`,
}

export type FileTexts = typeof files
