import { execFile } from 'node:child_process'
import { readSettingText, type Environment } from '../turn/index.ts'
import type { Log } from './common/log.ts'

/** A state that systemd shows and acts on (sd_notify(3)). */
type ServiceState = 'READY=1' | 'STOPPING=1' | 'WATCHDOG=1' | `STATUS=${string}`

/** Timeout of one notification, in ms. */
const notifyTimeoutMs = 5_000

/** Tells the service manager about this process. Without one, all calls do nothing. */
export interface ServiceManager {
  /** Sends READY=1, and starts the watchdog if the manager has one. @param status one line, such as the URL */
  reportReady(status: string): void
  /** Sends STOPPING=1. The watchdog goes on, because a drain takes time. */
  reportStopping(): void
}

/**
 * Finds systemd by `NOTIFY_SOCKET` (sd_notify(3)), and its watchdog by `WATCHDOG_USEC` (sd_watchdog_enabled(3)). The
 * event loop sends the watchdog's pings, so systemd restarts a server whose loop is blocked.
 *
 * The program `systemd-notify` sends: Node has no Unix datagram sockets. The packages for it compile native code at
 * their installation, and koffi is optional. One call takes 6 ms of CPU, at the start, at the stop and twice in
 * `WatchdogSec`. It is a child, so the unit has `NotifyAccess=all`.
 */
export function findServiceManager(env: Environment, log: Log, program = 'systemd-notify'): ServiceManager {
  if (readSettingText(env, 'NOTIFY_SOCKET') === undefined) return { reportReady() {}, reportStopping() {} }
  const notify = (...states: ServiceState[]): void =>
    void execFile(program, states, { env, timeout: notifyTimeoutMs }, (error) => {
      if (error) log.warn({ err: error, states }, 'service manager not notified')
    })
  return {
    reportReady(status) {
      notify('READY=1', `STATUS=${status}`)
      const intervalMs = readWatchdogMs(env) / 2
      if (intervalMs > 0) setInterval(() => notify('WATCHDOG=1'), intervalMs).unref()
    },
    reportStopping: () => notify('STOPPING=1', 'STATUS=draining'),
  }
}

/** The timeout of the watchdog in ms; 0 without one, or if it watches another process. */
function readWatchdogMs(env: Environment): number {
  const pid = readSettingText(env, 'WATCHDOG_PID')
  if (pid !== undefined && Number(pid) !== process.pid) return 0
  const microseconds = Number(readSettingText(env, 'WATCHDOG_USEC') ?? 0)
  return Number.isFinite(microseconds) ? microseconds / 1000 : 0
}
