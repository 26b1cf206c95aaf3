/** Whose settings a person has to find: used for words only, never to decide what a browser can do. */
export type Browser = 'chromium' | 'firefox' | 'safari' | 'ios' | 'other'

export function detectBrowser(agent: string): Browser {
  if (/iPhone|iPad|iPod/.test(agent)) return 'ios'
  if (agent.includes('Firefox/')) return 'firefox'
  if (/Chrome\/|Chromium\//.test(agent)) return 'chromium'
  return agent.includes('Safari/') ? 'safari' : 'other'
}
