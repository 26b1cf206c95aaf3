/** The last copy of a text to the clipboard, for a button that shows its result. */
export class ClipboardCopy {
  /** Null before the first copy. */
  result: 'copied' | 'failed' | null = $state(null)

  /** Copies a text. In-app browsers may block the clipboard. Pages without HTTPS have none. */
  async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      this.result = 'copied'
    } catch {
      this.result = 'failed'
    }
  }

  /** Forgets the last copy. */
  reset(): void {
    this.result = null
  }
}
