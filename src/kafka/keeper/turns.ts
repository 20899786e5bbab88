/** Lets so many works go on at the same time; further ones wait in the order in which they came. */
export function turns(atOnce: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let running = 0

  return async (work) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      // Whoever comes next takes this place over.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
