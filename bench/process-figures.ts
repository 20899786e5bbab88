import { readdirSync, readFileSync } from 'node:fs'

// From /proc, so that the measured process need not help: Linux only.

/** CPU time of a process so far in nanoseconds, all its threads. */
export function cpuNanos(pid: number): number {
  let sum = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    sum += threadNanos(`/proc/${pid}/task/${thread}/schedstat`)
  }
  return sum
}

function threadNanos(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').split(' ', 1)[0])
  } catch {
    // It ended meanwhile.
    return 0
  }
}

/** How many sockets listen on a port of 127.0.0.1. */
export function listenersOn(port: number): number {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  // State 0A is LISTEN.
  return readFileSync('/proc/net/tcp', 'utf8').split(`: ${local} 00000000:0000 0A`).length - 1
}

/** Resident memory of a process in MB. */
export function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kb === undefined) throw new Error(`process ${pid} has no memory`)
  return Number(kb) / 1024
}
