/**
 * Downloads a text as a file.
 * @param type its media type, such as `image/svg+xml`
 */
export function downloadText(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  Object.assign(document.createElement('a'), { href: url, download: name }).click()
  // The browser has read the blob by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
