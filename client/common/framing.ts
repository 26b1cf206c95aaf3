/** True if another page shows this one in a frame. */
export const isFramed = typeof window !== 'undefined' && window !== window.parent

/** Receives the events so far, then each further one. A new reader replaces the one before. */
export type Inbox<Item> = (read: (item: Item) => void) => void

/**
 * Receives message events of the embedding page from now on. Keeps them until the code that reads them is loaded, so
 * that the embedding page need not repeat a message.
 */
function createInbox(target: Window): Inbox<MessageEvent<unknown>> {
  const early: MessageEvent<unknown>[] = []
  let deliver = (event: MessageEvent<unknown>): void => void early.push(event)
  target.addEventListener('message', (event) => {
    if (event.source === target.parent) deliver(event)
  })
  return (read) => {
    deliver = read
    early.splice(0).forEach(read)
  }
}

/** The messages of the embedding page; null outside a frame. */
export const frameInbox = isFramed ? createInbox(window) : null

/**
 * Returns an option that the embedding page gave, from the fragment `#name=Anna&language=de`, which no server sees.
 * Returns null outside a frame, where a link could otherwise set them.
 */
export const readFrameOption = (name: 'name' | 'language'): string | null =>
  isFramed ? new URLSearchParams(location.hash.slice(1)).get(name) : null

/** Returns the wanted languages as BCP 47 tags: the one of the embedding page, then those of the browser. */
export function listWantedLanguages(): readonly string[] {
  const ofHost = readFrameOption('language')
  return ofHost ? [ofHost, ...navigator.languages] : navigator.languages
}

/** Lets links open a new tab, because the frame belongs to the room. Does nothing outside a frame. */
export function keepLinksOutOfFrame(page: Document): void {
  if (isFramed) page.head.append(Object.assign(page.createElement('base'), { target: '_blank' }))
}
