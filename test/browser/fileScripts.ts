/** A file that a page makes: bytes that differ at every offset. */
export interface GivenFile {
  name: string
  size: number
  type?: string
}

/** Runs in the page: the user selects, drops or pastes files that the page makes. */
export function giveFiles({ files, how }: { files: GivenFile[]; how: 'select' | 'drop' | 'paste' }): void {
  const transfer = new DataTransfer()
  for (const { name, size, type = '' } of files) {
    const bytes = new Uint8Array(size)
    for (let at = 0; at < size; at++) bytes[at] = (at * 31 + (at >> 8) * 7 + (at >> 16)) & 0xff
    transfer.items.add(new File([bytes], name, { type }))
  }
  if (how === 'drop') {
    for (const type of ['dragenter', 'dragover', 'drop'])
      document.body.dispatchEvent(
        new DragEvent(type, { bubbles: true, cancelable: true, composed: true, dataTransfer: transfer }),
      )
    return
  }
  if (how === 'paste') {
    document.body.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, clipboardData: transfer }))
    return
  }
  const input = document.querySelector<HTMLInputElement>('input[type=file]')
  if (!input) throw new Error('the page has no field for files')
  input.files = transfer.files
  input.dispatchEvent(new Event('change', { bubbles: true }))
}

declare global {
  interface Window {
    /** The time in ms that a block of a file takes, after `slowReads`. */
    readMs?: number
  }
}

/** Runs in the page: each block of a file takes this long to read, as from a slow disk. 0 ends that. */
export function slowReads(milliseconds: number): void {
  const isInstalled = window.readMs !== undefined
  window.readMs = milliseconds
  if (isInstalled) return
  const read = Object.getOwnPropertyDescriptor(Blob.prototype, 'arrayBuffer')!.value as Blob['arrayBuffer']
  Blob.prototype.arrayBuffer = async function (this: Blob) {
    if (window.readMs) await new Promise((resolve) => setTimeout(resolve, window.readMs))
    return read.call(this)
  }
}

/** Runs in the page: leaves parts as a tab does that was closed during a transfer. */
export async function leaveParts(tab: string): Promise<void> {
  const origin = await navigator.storage.getDirectory()
  const root = await origin.getDirectoryHandle('received-files', { create: true })
  const folder = await root.getDirectoryHandle(tab, { create: true })
  await folder.getDirectoryHandle('0123456789abcdef', { create: true })
}

/** Runs in the page. Returns the names of the tabs that have parts. */
export async function listParts(): Promise<string[]> {
  const names: string[] = []
  const origin = await navigator.storage.getDirectory()
  const root = await origin.getDirectoryHandle('received-files')
  for await (const name of root.keys()) names.push(name)
  return names
}

/** Runs in the page. Returns each transfer as `receiver stored photo.bin`, the newest first. */
export function readTransfers(): string[] {
  return [...document.querySelectorAll<HTMLElement>('[data-transfer]')].map(
    ({ dataset, children }) => `${dataset.side} ${dataset.transfer} ${children[0]?.textContent}`,
  )
}

/** Runs in the page. Returns the received bytes of a file; its size once it is stored. */
export function readProgress(name: string): number {
  const item = [...document.querySelectorAll<HTMLElement>('[data-transfer]')].find(
    ({ children }) => children[0]?.textContent === name,
  )
  if (item?.dataset.transfer === 'stored') return Number.POSITIVE_INFINITY
  return item?.querySelector('progress')?.value ?? -1
}
