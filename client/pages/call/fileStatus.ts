import type { TransferEndReason } from '../../../machines/protocol/vocabulary.ts'
import type { TransferView } from '../../transfer/transfer.ts'
import type { FileTexts } from './texts/files.en.ts'

/** The key of a text about a transfer. */
export type FileStatus = keyof FileTexts['status']

/** Returns the text for a transfer; null while its bytes move, because a progress bar shows that. */
export function selectFileStatus({
  side,
  status,
  reason,
  isEndedByPeer,
}: Pick<TransferView, 'side' | 'status' | 'reason' | 'isEndedByPeer'>): FileStatus | null {
  if (status === 'transferring') return null
  if (status === 'offered') return side === 'sender' ? 'offeredByYou' : 'offeredByThem'
  if (status === 'stored') return side === 'sender' ? 'delivered' : 'received'
  if (status === 'cancelled' || status === 'failed')
    return selectEnd(side === 'sender', reason ?? 'cancelled', isEndedByPeer)
  return status
}

/** A reload and an unreadable file are the sender's; a full disk and a wrong hash are found by the receiver. */
function selectEnd(isSender: boolean, reason: TransferEndReason, isEndedByPeer: boolean): FileStatus {
  switch (reason) {
    case 'declined':
      return isEndedByPeer ? 'declinedByThem' : 'declinedByYou'
    case 'cancelled':
      return isEndedByPeer ? 'cancelledByThem' : 'cancelledByYou'
    case 'reloaded':
      return isSender ? 'reloadedByYou' : 'reloadedByThem'
    case 'unreadable':
      return isSender ? 'unreadableByYou' : 'unreadableByThem'
    case 'storage':
      return isSender ? 'storageByThem' : 'storageByYou'
    case 'mismatch':
      return isSender ? 'damagedForThem' : 'damagedForYou'
    case 'limit':
      return 'limit'
  }
}
