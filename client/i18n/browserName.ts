/** Browser family, for wording only. Feature detection never uses it. */
export type Browser = 'chromium' | 'firefox' | 'safari' | 'ios' | 'other'

/** Returns the browser family of a User-Agent string. */
export function detectBrowser(agent: string): Browser {
  if (/iPhone|iPad|iPod/.test(agent)) return 'ios'
  if (agent.includes('Firefox/')) return 'firefox'
  if (/Chrome\/|Chromium\//.test(agent)) return 'chromium'
  return agent.includes('Safari/') ? 'safari' : 'other'
}
