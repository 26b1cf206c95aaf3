import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Replaces the only occurrence of `before` in one file. */
export interface TrialEdit {
  path: string
  before: string
  replacement: string
}

/** An error of the compiler, with its explanation. */
export interface CompileError {
  path: string
  text: string
}

const root = fileURLToPath(new URL('..', import.meta.url))
const copied = ['machines', 'server', 'client', 'turn', 'test', 'package.json']
/** The folders that know messages. Browser tests and benchmarks would double the time. */
const compiled = ['machines', 'server', 'client', 'test/machines', 'test/server', 'test/client']

/**
 * Compiles a copy of the project after some edits. Returns the errors. Takes about 10 s of CPU.
 * @throws {Error} if an edit does not match its file, or the compiler does not start
 */
export async function compileTrial(edits: readonly TrialEdit[]): Promise<CompileError[]> {
  const folder = mkdtempSync(join(tmpdir(), 'duet-trial-'))
  try {
    for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const config = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as object
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, include: compiled }))
    for (const edit of edits) applyEdit(folder, edit)
    return parseErrors(await runCompiler(folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function applyEdit(folder: string, { path, before, replacement }: TrialEdit): void {
  const file = join(folder, path)
  const parts = readFileSync(file, 'utf8').split(before)
  if (parts.length !== 2) throw new Error(`${path} has ${parts.length - 1} places with: ${before}`)
  writeFileSync(file, parts.join(replacement))
}

function runCompiler(folder: string): Promise<string> {
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [compiler, '--noEmit', '--noErrorTruncation', '--pretty', 'false'],
      { cwd: folder, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) =>
        error && !stdout ? reject(new Error(`the compiler failed: ${error.message} ${stderr}`)) : resolve(stdout),
    )
  })
}

/** The explanation of an error is indented below it. */
const parseErrors = (output: string): CompileError[] =>
  output.split(/\n(?=\S)/).flatMap((text) => {
    const path = /^(.+?)\(\d+,\d+\): error /.exec(text)?.[1]
    return path === undefined ? [] : { path, text }
  })
