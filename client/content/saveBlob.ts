/** The browser copies the blob to the downloads in this time, in ms. */
const copyMs = 60_000

/** Saves a blob as a download with this name. Its type decides how the browser handles it, so pass a neutral one. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  Object.assign(document.createElement('a'), { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), copyMs)
}
