import { accessSync, constants } from 'node:fs'

const shell = '/bin/sh'

/**
 * What runs as process 1 in our place, in POSIX sh. Node waits for its own children only; a shell waits for whatever it has
 * been handed, so that nothing stays behind as a zombie. It passes signals on, but for those that the terminal has sent to
 * everybody, and ends with the code of its child. A child in the background reads from /dev/null unless it is handed fd 3.
 */
export const initScript = `
pass() {
  told=$1
  case $1 in INT | QUIT | WINCH)
    read -r _ _ _ _ group _ terminal foreground _ </proc/$$/stat
    if [ "$terminal" != 0 ] && [ "$group" = "$foreground" ]; then return; fi
  esac
  if [ "$child" ]; then kill -s "$1" "$child" 2>/dev/null; else early=$1; fi
}
child= early= told=
for signal in HUP INT QUIT USR1 USR2 ALRM TERM WINCH; do trap "pass $signal" "$signal"; done
exec 3<&0
"$@" <&3 3<&- &
child=$!
exec 3<&-
if [ "$early" ]; then kill -s "$early" "$child" 2>/dev/null; fi
before=
while :; do
  told=
  wait "$child"
  code=$?
  if [ -z "$told" ]; then break; fi
  before=$code
done
if [ "$code" = 127 ] && [ "$before" ] && [ "$before" -lt 128 ]; then code=$before; fi
exit "$code"
`

/** Starts us again below a shell that is process 1 from then on, and does not return. */
export function becomeChildOfInit(argv: readonly string[], env: NodeJS.ProcessEnv): void {
  const [node = process.execPath, program = ''] = process.argv
  process.execve?.(shell, ['sh', '-c', initScript, 'sh', node, ...process.execArgv, program, ...argv], env)
}

/** Whether zombies would be left to us, and there is a shell to take them. */
export function initNeeded(): 'yes' | 'no' | 'impossible' {
  if (process.pid !== 1) return 'no'
  try {
    // Without it execve would end the process.
    accessSync(shell, constants.X_OK)
    return process.execve ? 'yes' : 'impossible'
  } catch {
    return 'impossible'
  }
}
