import type { Guest } from './guest.ts'
import type { ChromiumTab } from './chromium.ts'

/** The way of one visitor to the server. */
export interface Line {
  /** From now on nothing gets through, and what is open is closed. */
  cut(): void
  mend(): void
}

/** Puts a visitor's WebSockets into the test's hands. Before the page is opened. */
export async function holdLine({ tab }: Guest<ChromiumTab>): Promise<Line> {
  const lines: { close(): Promise<void> }[] = []
  let isCut = false
  await tab.page.routeWebSocket(/trpc/, (line) => {
    lines.push(line)
    if (!isCut) line.connectToServer()
  })
  const hangUp = (): void => { for (const line of lines.splice(0)) void line.close() }
  return {
    cut() { isCut = true; hangUp() },
    mend() { isCut = false; hangUp() },
  }
}
