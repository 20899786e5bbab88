// Started once by each process that starts children, and told their ids: `+21666` when one starts, `-21666` when it ended.
// When that process is gone, however it went, standard input ends and what still runs is killed.
import { createInterface } from 'node:readline'

const running = new Set<number>()
// A terminal sends these to the whole group; the work comes after the parent's end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined)

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const pid = Number(line.slice(1))
    if (line.startsWith('+')) running.add(pid)
    else running.delete(pid)
  })
  .on('close', () => {
    for (const pid of running) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended just now.
      }
    }
    process.exit()
  })
