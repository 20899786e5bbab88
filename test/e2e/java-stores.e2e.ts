import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownCertificate, trustedCertificates } from '../../src/keys/java-store/java-store.ts'
import { principalName } from '../../src/keys/java-store/principal-name.ts'
import { Secret } from '../../src/platform/secret.ts'

const folder = mkdtempSync(join(tmpdir(), 'java-stores-'))
const at = (name: string): string => join(folder, name)
const word = 'changeit'

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function keytool(...args: readonly string[]): string {
  return run('keytool', '-J-Duser.language=en', ...args, '-storepass', word)
}

/** A key with its certificate, and that certificate as `<name>.pem`. */
function makeKey(name: string, store: string, ...options: readonly string[]): void {
  keytool('-genkeypair', '-alias', name, '-dname', `CN=${name}, O=Example`, '-keystore', store, ...options)
  keytool('-exportcert', '-rfc', '-alias', name, '-keystore', store, '-file', `${name}.pem`)
}

function trust(name: string, store: string, ...options: readonly string[]): void {
  keytool('-importcert', '-noprompt', '-alias', name, '-file', `${name}.pem`, '-keystore', store, ...options)
}

const legacy = '-J-Dkeystore.pkcs12.legacy'

beforeAll(() => {
  makeKey('rsa', 'rsa.p12', '-keyalg', 'RSA')
  makeKey('ec', 'ec.p12', '-keyalg', 'EC')
  makeKey('old', 'old.p12', '-keyalg', 'RSA', legacy)
  makeKey('jks', 'key.jks', '-keyalg', 'RSA', '-storetype', 'JKS', '-keypass', 'another')
  makeKey('jceks', 'key.jceks', '-keyalg', 'RSA', '-storetype', 'JCEKS', '-keypass', word)
  for (const name of ['rsa', 'ec']) {
    trust(name, 'trust.p12')
    trust(name, 'trust.jks', '-storetype', 'JKS')
    trust(name, 'trust-old.p12', legacy)
  }
  run('openssl', 'pkcs12', '-in', 'rsa.p12', '-passin', `pass:${word}`, '-nodes', '-out', 'both.pem')
  const made = ['pkcs12', '-export', '-in', 'both.pem', '-name', 'made', '-passout', `pass:${word}`]
  run('openssl', ...made, '-out', 'openssl.p12')
  run('openssl', ...made, '-out', 'openssl-old.p12', '-legacy')
  run('openssl', ...made, '-out', 'openssl-trust.p12', '-nokeys')
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const origin = (name: string, what: 'truststore' | 'keystore', keyPassword?: string) => ({
  from: at(name),
  what,
  password: new Secret(word),
  ...(keyPassword !== undefined && { keyPassword: new Secret(keyPassword) }),
})
const trustIn = (name: string): Promise<string> =>
  trustedCertificates(readFileSync(at(name)), origin(name, 'truststore'))

/** PEM without the line ends, which are those of the tool. */
const flat = (pem: string): string => pem.replace(/\s/g, '')

describe('a key store that a tool made', () => {
  it.each(['trust.p12', 'trust.jks', 'trust-old.p12'])('is trusted as it is by Java: %s', async (name) => {
    const trusted = await trustIn(name)
    expect(trusted.match(/BEGIN/g)).toHaveLength(2)
    for (const pem of ['rsa.pem', 'ec.pem']) {
      expect(flat(trusted)).toContain(flat(readFileSync(at(pem), 'utf8')))
    }
  })

  it.each([
    ['rsa.p12', 'rsa', 'rsa.pem', undefined],
    ['ec.p12', 'ec', 'ec.pem', undefined],
    ['old.p12', 'old', 'old.pem', undefined],
    ['key.jks', 'jks', 'jks.pem', 'another'],
    ['openssl.p12', 'made', 'rsa.pem', undefined],
    ['openssl-old.p12', 'made', 'rsa.pem', undefined],
  ])('gives its key and certificate: %s', async (name, alias, pem, keyPassword) => {
    const own = await ownCertificate(readFileSync(at(name)), origin(name, 'keystore', keyPassword))
    expect(own).toMatchObject({ alias, others: 0 })
    expect(flat(own.chain)).toBe(flat(readFileSync(at(pem), 'utf8')))
  })

  it('is empty where openssl made it for trust, to Java as to us', async () => {
    await expect(trustIn('openssl-trust.p12')).rejects.toThrow('holds 1 certificate, none marked as trusted')
    expect(keytool('-list', '-keystore', 'openssl-trust.p12')).toContain('contains 0 entries')
  })

  it('is converted by the command that the error names', async () => {
    const bytes = readFileSync(at('key.jceks'))
    const thrown: unknown = await ownCertificate(bytes, origin('key.jceks', 'keystore')).catch(
      (error: unknown) => error,
    )
    const command = (thrown as { hint: string }).hint.replace('Convert it: ', '')
    run('sh', '-c', `${command} -srcstorepass ${word} -deststorepass ${word}`)
    const own = await ownCertificate(readFileSync(at('key.p12')), origin('key.p12', 'keystore'))
    expect(flat(own.chain)).toBe(flat(readFileSync(at('jceks.pem'), 'utf8')))
  })
})

describe('the name of a certificate', () => {
  it('is the one that Java gives it', () => {
    const program = `
      import java.io.*; import java.nio.file.*; import java.security.cert.*;
      public class Name {
        public static void main(String[] files) throws Exception {
          PrintStream out = new PrintStream(System.out, true, "UTF-8");
          for (String file : files) try (InputStream in = Files.newInputStream(Path.of(file))) {
            out.println(((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in)).getSubjectX500Principal().getName());
          }
        }
      }`
    writeFileSync(at('Name.java'), program)
    const subjects = [
      '/C=DE/ST=Bayern/L=München/O=Acme, Inc./OU=a\\+b/CN= lead;"q" <x> \\\\ #1 ',
      '/CN=a/emailAddress=x@y.z/UID=u',
      '/O=Multi/CN=foo+UID=bar',
      '/serialNumber=12/SN=Sur/GN=Given/title=T/street=Weg 1/DC=com/CN=#x',
      '/O=  /CN=a  b=c',
      '/CN=日本😀',
    ]
    const files = subjects.map((subject, index) => {
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null']
      run('openssl', 'req', '-x509', ...key, '-utf8', '-multivalue-rdn', '-subj', subject, '-out', `dn${index}.pem`)
      return `dn${index}.pem`
    })
    const names = run('java', 'Name.java', ...files)
      .split('\n')
      .slice(0, files.length)
    expect(files.map((file) => principalName(readFileSync(at(file), 'utf8')))).toEqual(names)
  })
})
