import type { Response } from 'playwright-core'
import type { SetupLab } from './setupLab.ts'

/** The transfer size of a page. Sizes are compressed bytes. */
export interface PageWeight {
  path: string
  scripts: number
  scriptBytes: number
  otherBytes: number
  encodings: string
}

/** Measures the compressed transfer size of a first page load. */
export async function measurePageWeight(lab: SetupLab, path: string): Promise<PageWeight> {
  const page = await lab.openPage('coming')
  try {
    const responses: Response[] = []
    page.on('response', (response) => responses.push(response))
    await page.goto(`${lab.origins.off}${path}`, { waitUntil: 'networkidle' })
    return { path, ...(await sumResponses(responses)) }
  } finally {
    await page.context().close()
  }
}

async function sumResponses(responses: Response[]): Promise<Omit<PageWeight, 'path'>> {
  const sized = await Promise.all(
    responses.map(async (response) => ({ response, bytes: (await response.request().sizes()).responseBodySize })),
  )
  const scripts = sized.filter(({ response }) => isScript(response))
  const total = (list: typeof sized): number => list.reduce((all, { bytes }) => all + bytes, 0)
  return {
    scripts: scripts.length,
    scriptBytes: total(scripts),
    otherBytes: total(sized) - total(scripts),
    encodings: [...new Set(scripts.map(({ response }) => response.headers()['content-encoding'] ?? 'none'))].join(', '),
  }
}

const isScript = (response: Response): boolean => /javascript/.test(response.headers()['content-type'] ?? '')
