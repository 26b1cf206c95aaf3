import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../../', import.meta.url).pathname

/** The call continues whatever the peer sends as content. */
test.each(['client/content', 'machines/chat'])(
  'no file of %s knows the call machine, so no event reaches it',
  (folder) => {
    const files = readdirSync(root + folder)
    expect(files.length).toBeGreaterThan(1)
    for (const file of files)
      expect(readFileSync(`${root}${folder}/${file}`, 'utf8'), file).not.toMatch(
        /from '.*(machines\/call|\.\.\/call)\//,
      )
  },
)
