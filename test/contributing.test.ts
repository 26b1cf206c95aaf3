import { existsSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { deadlineMs } from './deadline.ts'
import { type CompileError, compileTrial, type TrialEdit } from './trialCompile.ts'

/**
 * The checklists of CONTRIBUTING.md. The test adds a message of each kind to a copy of the project. It compares the
 * files that no longer compile with the rows that name the compiler.
 */

const root = new URL('../', import.meta.url)
const text = readFileSync(new URL('CONTRIBUTING.md', root), 'utf8')
const sections = text.split(/^### /m).slice(1)

/** The rows of a checklist's table: its files, and what finds a forgotten step. */
function checklistRows(title: string): { files: string[]; foundBy: string }[] {
  const section = sections.find((each) => each.startsWith(`${title}\n`))
  if (section === undefined) throw new Error(`CONTRIBUTING.md has no checklist: ${title}`)
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => {
      const [, , files = '', foundBy = ''] = line.split('|').map((cell) => cell.trim())
      return { files: [...files.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file), foundBy }
    })
}

interface Trial {
  checklist: string
  /** A word that each error about the trial contains. */
  word: string
  edits: readonly TrialEdit[]
}

const messages = 'machines/protocol/messages.ts'
const trials: readonly Trial[] = [
  {
    checklist: 'Add a message between the two pages',
    word: 'trialMessage',
    edits: [
      {
        path: messages,
        before: ']) satisfies z.ZodType<{ type: (typeof peerMessageTypes)',
        replacement:
          `z.strictObject({ type: z.literal('trialMessage'), trialMessageField: z.boolean() }),` +
          ']) satisfies z.ZodType<{ type: (typeof peerMessageTypes)',
      },
    ],
  },
  {
    checklist: 'Add an event of the server',
    word: 'trialEvent',
    edits: [
      {
        path: messages,
        before: ']) satisfies z.ZodType<{ type: (typeof roomEventTypes)',
        replacement:
          `z.object({ type: z.literal('trialEvent'), trialEventField: z.boolean() }),` +
          ']) satisfies z.ZodType<{ type: (typeof roomEventTypes)',
      },
    ],
  },
  {
    checklist: 'Add a message of the data channel',
    word: 'trialChannel',
    // One for each receiver.
    edits: ['heartbeat: ', 'call: ', 'preparation: ', 'exchange: ', 'continuity: ', 'names: ', 'content: '].map(
      (receiver, index) => ({
        path: 'machines/protocol/dataChannelMessages.ts',
        before: `  ${receiver}{ type: `,
        replacement: `  ${receiver}{ type: 'trialChannel${index}' } | { type: `,
      }),
    ),
  },
  {
    checklist: 'Add a procedure',
    word: 'ice.trialProcedure',
    edits: [
      {
        path: 'server/api/router.ts',
        before: 'servers: procedure',
        replacement: 'trialProcedure: procedure.input(nothing).query(() => 1), servers: procedure',
      },
    ],
  },
  {
    checklist: 'Add a machine event',
    word: 'trialHappened',
    edits: [
      {
        path: 'machines/call/callEvents.ts',
        before: `  | { type: 'peer.disconnected' }`,
        replacement: `  | { type: 'trialHappened'; detail: string }\n  | { type: 'peer.disconnected' }`,
      },
    ],
  },
  {
    checklist: 'Add a language',
    word: 'trialLanguage',
    edits: [
      {
        path: 'client/i18n/language.ts',
        before: `languages = ['en'`,
        replacement: `languages = ['en', 'trialLanguage'`,
      },
    ],
  },
]

let errors: CompileError[] = []
beforeAll(async () => {
  errors = await compileTrial(trials.flatMap(({ edits }) => edits))
}, 10 * deadlineMs)

describe('CONTRIBUTING.md', () => {
  test.each(trials)('names every file that the compiler rejects: $checklist', ({ checklist, word }) => {
    const rejected = new Set(errors.filter((error) => error.text.includes(word)).map(({ path }) => path))
    const named = new Set(
      checklistRows(checklist).flatMap(({ files, foundBy }) => (foundBy === 'compiler' ? files : [])),
    )
    expect([...rejected].sort()).toEqual([...named].sort())
  })

  test('has no error of the compiler that belongs to no checklist', () => {
    expect(errors.filter(({ text }) => !trials.some(({ word }) => text.includes(word)))).toEqual([])
  })

  test('names only files that exist, in rows that say what finds a forgotten step', () => {
    const rows = sections.flatMap((section) => checklistRows(section.split('\n')[0] ?? ''))
    expect(rows.length).toBeGreaterThan(20)
    expect(
      rows.flatMap(({ files }) => files).filter((file) => !/[…<*]/.test(file) && !existsSync(new URL(file, root))),
    ).toEqual([])
    expect(rows.filter(({ foundBy }) => !/^(compiler|test|review)/.test(foundBy))).toEqual([])
  })
})
