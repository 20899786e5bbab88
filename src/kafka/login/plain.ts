import { TokenError } from '../../token/error.ts'
import type { PasswordLogin } from '../access.ts'
import type { SaslMechanism } from './mechanism.ts'

/** RFC 4616, as whoever logs in. */
export function plain({ username, password }: Pick<PasswordLogin, 'username' | 'password'>): SaslMechanism {
  return {
    async converse(round, broker) {
      if (username.includes('\0') || password.reveal().includes('\0')) {
        throw new TokenError(
          'ERR_KAFKA_LOGIN',
          `${broker} cannot be told a user or password with a NUL character in it`,
          {
            hint: 'Correct the user and the password, or the file that they come from.',
          },
        )
      }
      await round(Buffer.from(`\0${username}\0${password.reveal()}`))
    },
  }
}
