import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { forbidsOnCommandLine, javaOptions } from '../../src/cli/exec/java-options.ts'

const property = '-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls='
const url = 'http://localhost:14293/token'
const toolOptions = (before: string | undefined, urls = [url]) => {
  const { changed, warnings } = javaOptions({ JAVA_TOOL_OPTIONS: before }, urls)
  return { options: changed['JAVA_TOOL_OPTIONS'], warnings }
}

describe('JAVA_TOOL_OPTIONS', () => {
  it.each<[string, string | undefined, string]>([
    ['is set', undefined, `${property}${url}`],
    ['is set where it is empty', ' ', `${property}${url}`],
    ['is added to', '-Xmx1g', `-Xmx1g ${property}${url}`],
    ['keeps other URLs', `${property}https://idp/token -Xmx1g`, `${property}https://idp/token,${url} -Xmx1g`],
    ['has each URL once', `${property}${url},${url}`, `${property}${url}`],
    ['is read as the JVM reads it', `-Da='x y' "${property}https://idp"`, `-Da='x y' ${property}https://idp,${url}`],
    ['keeps a URL with a blank', `${property}'https://i dp'`, `"${property}https://i dp,${url}"`],
    ['keeps a URL with a quote', `'${property}https://i"dp'`, `'${property}https://i"dp,${url}'`],
    ['changes the last of several', `${property}a ${property}b`, `${property}a ${property}b,${url}`],
    ['has no empty URLs', `${property}, ,`, `${property}${url} ,`],
    ['takes no other property for it', `-Dx=${property}`, `-Dx=${property} ${property}${url}`],
  ])('%s', (_, before, after) => {
    expect(toolOptions(before)).toEqual({ options: after, warnings: [] })
  })

  it('is left alone where a quote has no end, as JVMs refuse it', () => {
    expect(toolOptions(`-Da="x`)).toEqual({
      options: undefined,
      warnings: ['JAVA_TOOL_OPTIONS has a quote without its end, and is left as it is: JVMs refuse it'],
    })
  })

  it('drops the least important URLs where Java 8 would pass over all of it', () => {
    const urls = Array.from({ length: 50 }, (_, index) => `http://localhost:14293/token/profile-${index}`)
    const { options = '', warnings } = toolOptions('-Xmx1g', urls)
    expect(options.length).toBeLessThan(1_024)
    expect(options).toContain(`${urls[0] ?? ''},${urls[1] ?? ''}`)
    expect(warnings).toEqual([
      expect.stringMatching(/^JAVA_TOOL_OPTIONS has no room for .*profile-49: Java 8 takes 1023/),
    ])
    const long = toolOptions(`-Da=${'x'.repeat(1_020)}`)
    expect(long.options).toContain(url)
    expect(long.warnings).toEqual(['JAVA_TOOL_OPTIONS is longer than the 1023 characters that Java 8 takes'])
  })

  it('is found in linear time, whatever is in it', () => {
    const startedAt = performance.now()
    for (const text of ['"', "'", ' ', 'x', `${property},`, `'"`]) toolOptions(text.repeat(100_000 / text.length))
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})

describe('other variables with options of the JVM', () => {
  it('are changed where they would win', () => {
    const env = { KAFKA_OPTS: `-Xmx1g ${property}https://idp`, LS_JAVA_OPTS: '-Xmx1g', ODD: `"${property}` }
    const { changed, warnings } = javaOptions(env, [url])
    expect(changed).toEqual({
      KAFKA_OPTS: `-Xmx1g ${property}https://idp,${url}`,
      JAVA_TOOL_OPTIONS: `${property}${url}`,
    })
    expect(warnings).toEqual(['ODD has a quote without its end, and is left as it is: JVMs refuse it'])
  })
})

describe('the command line', () => {
  it.each([
    [['-jar', 'app.jar'], false],
    [[`${property}https://idp`, '-jar', 'app.jar'], true],
    [[`${property}https://idp,${url}`], false],
    [[`${property}${url}`, `${property}https://idp`], true],
  ])('%j forbids the URL: %s', (args, forbids) => {
    expect(forbidsOnCommandLine(args, url)).toBe(forbids)
  })
})

const hasJava = spawnSync('java', ['-version']).status === 0

// A machine without Java has the end-to-end suites for it.
if (hasJava) {
  describe('a real JVM', { timeout: 60_000 }, () => {
    it.each([
      [`-Da='x y' "${property}https://idp"`, `https://idp,${url}`],
      [`'${property}https://i"dp' -Dc=2`, `https://i"dp,${url}`],
      [`-Db=1 ${property}'https://i dp'\t-Dc=2`, `https://i dp,${url}`],
    ])('reads what is made of %s', (before, urls) => {
      const env = { PATH: process.env['PATH'], JAVA_TOOL_OPTIONS: toolOptions(before).options }
      const { output } = spawnSync('java', ['-XshowSettings:properties', '-version'], { env, encoding: 'utf8' })
      expect(output.join('')).toContain(`org.apache.kafka.sasl.oauthbearer.allowed.urls = ${urls}\n`)
    })
  })
}
