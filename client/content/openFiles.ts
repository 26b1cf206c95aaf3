import {
  createFileSystemStore,
  createMemoryStore,
  hasPrivateFileSystem,
  type PartStore,
  removeLeftovers,
} from '../transfer/partStore.ts'
import { createFileId } from '../transfer/fileId.ts'
import { TransferRecords } from '../transfer/transferRecords.ts'
import { Transfers } from '../transfer/transfers.ts'
import { TokenBucket } from '../common/tokenBucket.ts'
import { getStored, type KeyValueStorage, setStored } from '../common/storage.ts'
import type { Recorder } from '../trace/recorder.ts'
import { type ContentKind, contentStorageKey } from './contentKinds.ts'
import { saveBlob } from './saveBlob.ts'

/** An offer opens the panel. A person that closes it again is left alone for a minute. */
const panelOpenings = { burst: 1, perSecond: 1 / 60 }

/** Dependencies of the files of one page in one room. */
export interface FilesParts {
  /** The canonical room name. */
  room: string
  /** The storage of the tab, which survives a reload. */
  storage: KeyValueStorage | undefined
  recorder: Pick<Recorder, 'inspect' | 'record'>
  /** Opens the panel of this kind. */
  openPanel(kind: ContentKind): void
}

/**
 * Opens the files of this room, and continues those of an earlier page of this tab. It deletes the bytes that closed tabs
 * left.
 */
export function openFiles({ room, storage, recorder, openPanel }: FilesParts): Transfers {
  const panel = new TokenBucket(panelOpenings)
  const tab = readTabName(storage)
  // A browser that denies the file system has no leftovers.
  if (hasPrivateFileSystem()) removeLeftovers(navigator.storage, navigator.locks, tab).catch(() => undefined)
  return new Transfers({
    records: new TransferRecords(storage, contentStorageKey('files', room)),
    openStore: () => openStore(tab),
    recorder,
    now: () => performance.now(),
    onOffer: () => {
      if (panel.take(1)) openPanel('files')
    },
    onStored: (blob, name) => saveBlob(blob, name),
  })
}

/** Firefox denies the file system in private windows, and Safari cannot write to it before version 26. */
async function openStore(tab: string): Promise<PartStore> {
  try {
    if (hasPrivateFileSystem()) return await createFileSystemStore(navigator.storage, navigator.locks, tab)
  } catch {
    // Denied. The page states no limit then, and a file that is too large fails with the reason.
  }
  return createMemoryStore()
}

/** Returns the random name of this tab. It is kept across reloads. */
function readTabName(storage: KeyValueStorage | undefined): string {
  const stored = getStored(storage, 'tab')
  if (stored && /^[0-9a-f]{16}$/.test(stored)) return stored
  const name = createFileId()
  setStored(storage, 'tab', name)
  return name
}
