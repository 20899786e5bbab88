export interface DefectsOptions {
  readonly warn: (message: string) => void
  /** Whether the endpoint still answers. */
  readonly isAnswering: () => Promise<boolean>
  /** Called when it does not. */
  readonly onDead: () => void
}

/** Watches for defects of ours while the command runs. */
export interface Defects {
  /** Whether one of them has cost us the endpoint. */
  isDead(): boolean
  close(): void
}

/**
 * An error that nobody caught would end this process, and leave the command behind without an endpoint. It is told instead,
 * and the endpoint goes on, if it still answers.
 */
export function survivedDefects({ warn, isAnswering, onDead }: DefectsOptions): Defects {
  let isDead = false
  const onDefect = (error: unknown): void => {
    const [what = '', where = ''] = (error instanceof Error ? (error.stack ?? error.message) : String(error)).split(
      '\n',
    )
    warn(`a defect of the sidecar, which goes on: ${what} ${where.trim()}`.trim())
    void isAnswering().then((answers) => {
      if (answers || isDead) return
      isDead = true
      onDead()
    })
  }
  process.on('uncaughtException', onDefect)
  return {
    isDead: () => isDead,
    close: () => void process.off('uncaughtException', onDefect),
  }
}
