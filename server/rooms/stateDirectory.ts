import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Log } from '../common/log.ts'
import { savedRoom, type SavedRoom } from './savedRooms.ts'
import { secretCharacters, Secrets } from '../config/secret.ts'

/** What an earlier run of the server left to this one. */
export interface Inheritance {
  rooms: readonly SavedRoom[]
  /** Every epoch that it gave is below this. */
  epoch: number
  /** It ended without leaving its rooms: their holders are known by their signed tokens alone. */
  isAfterCrash: boolean
}

/** What outlasts a run of the server. */
export interface State {
  secrets: Secrets
  /** Takes over what is there, and marks the folder as in use. Once, when the port is ours and before anybody is let in. */
  takeOver(): Inheritance
  /** Leaves rooms to the next run, and gives the folder free. Works once; later calls do nothing. */
  leave(rooms: readonly SavedRoom[], epoch: number): void
}

const files = { secret: 'secret', rooms: 'rooms.json', running: 'running.json' }

const roomsForm = z.object({ version: z.literal(1), epoch: z.int().min(0), rooms: z.array(savedRoom) })
/** `started`: when the process began, in the system's own count, so that another one with the same number is known for what it is. */
const runningForm = z.object({ pid: z.int(), started: z.string().nullable(), epoch: z.int().min(0) })
type RunningMark = z.infer<typeof runningForm>

/** More than one run gives to any room. */
const epochsOfOneRun = 1_000_000

/** @param secrets of `DUET_SECRET`, newest first. @param folder null: nothing is written anywhere. */
export function openState({ secrets, folder }: { secrets: readonly string[]; folder: string | null }, log: Log): State {
  if (folder === null) return withoutFolder(new Secrets(secrets))
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return new StateFolder(folder, new Secrets(secrets.length > 0 ? secrets : [readSecret(folder, log)]), log)
  } catch (error) {
    if (error instanceof WeakSecretError) throw error
    const lost = secrets.length > 0 ? 'rooms are' : 'seats, rooms and relay credentials are'
    log.warn({ folder, reason: (error as Error).message }, `state folder unavailable: ${lost} lost when this server ends; DUET_STATE chooses another folder`)
    return withoutFolder(new Secrets(secrets))
  }
}

/** With a lasting secret every start may be one after a crash. Without one, no token of an earlier run is known. */
const withoutFolder = (secrets: Secrets): State => ({
  secrets,
  takeOver: () => ({ rooms: [], epoch: secrets.isLasting ? Date.now() : 0, isAfterCrash: secrets.isLasting }),
  leave: () => undefined,
})

class WeakSecretError extends Error {}

/** Makes the secret at the first start. Of two servers that start at once, one makes it. */
function readSecret(folder: string, log: Log): string {
  const path = join(folder, files.secret)
  if (!existsSync(path)) {
    const draft = writeDraft(folder, files.secret, `${randomBytes(32).toString('base64url')}\n`)
    try {
      linkSync(draft, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(draft, { force: true })
    }
  }
  const secret = readFileSync(path, 'utf8').trim()
  if (secret.length < secretCharacters) {
    throw new WeakSecretError(`DUET_STATE: ${path} has fewer than ${secretCharacters} characters; remove it, and the next start makes a new one`)
  }
  if ((statSync(path).mode & 0o077) !== 0) log.warn({ path }, 'secret readable by other users: chmod 600 keeps it to this one')
  return secret
}

/** A folder that one server at a time uses. */
class StateFolder implements State {
  readonly secrets: Secrets
  readonly #folder: string
  readonly #log: Log
  #isOurs = false

  constructor(folder: string, secrets: Secrets, log: Log) {
    this.#folder = folder
    this.secrets = secrets
    this.#log = log
  }

  takeOver(): Inheritance {
    const before = this.#read(files.running, runningForm)
    if (before !== null && before !== 'unreadable' && isAlive(before)) {
      this.#log.warn({ folder: this.#folder, pid: before.pid }, 'state folder in use by another server: rooms are lost when this one ends; DUET_STATE chooses another folder')
      return { rooms: [], epoch: Date.now(), isAfterCrash: false }
    }
    const saved = this.#read(files.rooms, roomsForm)
    const { rooms, epoch: savedEpoch } = saved === null || saved === 'unreadable' ? { rooms: [], epoch: 0 } : saved
    const oldest = before === null || before === 'unreadable' ? 0 : before.epoch + epochsOfOneRun
    // The wall clock, unless it was set back.
    const epoch = Math.max(Date.now(), savedEpoch + 1, oldest)
    try {
      this.#write(files.running, { pid: process.pid, started: startOf(process.pid), epoch } satisfies RunningMark)
      // Before anybody is let in: what is in it is read once.
      rmSync(join(this.#folder, files.rooms), { force: true })
      this.#isOurs = true
    } catch (error) {
      this.#log.warn({ folder: this.#folder, reason: (error as Error).message }, 'state folder unavailable: rooms are lost when this server ends; DUET_STATE chooses another folder')
      return { rooms: [], epoch, isAfterCrash: true }
    }
    return { rooms, epoch, isAfterCrash: saved === 'unreadable' || (saved === null && before !== null) }
  }

  leave(rooms: readonly SavedRoom[], epoch: number): void {
    if (!this.#isOurs) return
    this.#isOurs = false
    try {
      this.#write(files.rooms, { version: 1, epoch, rooms })
      // Last: as long as it is there, this run counts as one that crashed.
      rmSync(join(this.#folder, files.running), { force: true })
      this.#log.info({ rooms: rooms.length }, 'rooms saved')
    } catch (error) {
      this.#log.error({ folder: this.#folder, reason: (error as Error).message }, 'rooms not saved: holders come back by their tokens')
    }
  }

  /** Null: there is no such file. */
  #read<T>(name: string, form: z.ZodType<T>): T | 'unreadable' | null {
    const path = join(this.#folder, name)
    try {
      return form.parse(JSON.parse(readFileSync(path, 'utf8')))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      this.#log.warn({ path, reason: (error as Error).message.split('\n')[0] }, 'state file unreadable: going on without it')
      return 'unreadable'
    }
  }

  #write(name: string, content: unknown): void {
    renameSync(writeDraft(this.#folder, name, JSON.stringify(content)), join(this.#folder, name))
  }
}

/** A file that only this user may read, whole on the disk, under a name that nobody looks for. */
function writeDraft(folder: string, name: string, text: string): string {
  const path = join(folder, `.${name}.${process.pid}.${randomBytes(4).toString('hex')}`)
  const file = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  return path
}

/** Whether the server that left this mark still runs. A process number alone is given again: in a container to each run of the server. */
function isAlive({ pid, started }: RunningMark): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const now = startOf(pid)
  return now === null || started === null ? pid !== process.pid : now === started
}

/** When a process began, in ticks since the machine did (proc_pid_stat(5), field 22). Null where the system does not say. A zombie has ended. */
function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'ended' : fields[19] ?? null
  } catch {
    return null
  }
}
