import { describe, expect, it } from 'vitest'
import { adminPort } from '../../src/config/admin-port.ts'
import { faultsOf, load } from './loading.ts'

describe('the admin listener', () => {
  it.each([
    ['', true, { port: 14_294, isUsual: true }],
    ['', false, undefined],
    ['--port 9000', true, { port: 9001, isUsual: true }],
    ['--port 0', true, { port: 0, isUsual: true }],
    ['--port 65535', true, undefined],
    ['--admin-port 8080', true, { port: 8080, isUsual: false }],
    ['--admin-port 8080', false, { port: 8080, isUsual: false }],
    ['--admin-port 0', false, { port: 0, isUsual: false }],
    ['--admin-port false', true, undefined],
  ])('is with %j, by default %j, at %j', async (argv, byDefault, expected) => {
    expect(adminPort(await load({ argv }), byDefault)).toEqual(expected)
  })

  it('may listen on a network without a secret, for probes alone', async () => {
    await expect(load({ argv: '--admin-host 0.0.0.0' })).resolves.toBeDefined()
  })

  it.each(['--port 9000 --admin-port 9000', '--admin-port 14293'])('has a port of its own (%s)', async (argv) => {
    const [fault, ...others] = await faultsOf({ argv })
    expect(others).toEqual([])
    expect(fault).toMatchObject({
      option: '--admin-port',
      problem: 'is the port of the endpoint (listen.port): choose another, or false for none',
    })
  })

  it.each(['--admin-port none', '--admin-port 65536', '--admin-port 80.5', '--admin-port true'])(
    'refuses %s in words',
    async (argv) => {
      expect(await faultsOf({ argv })).toMatchObject([
        {
          option: '--admin-port',
          problem: expect.stringContaining('must be a whole number from 0 to 65535') as string,
        },
      ])
    },
  )

  it('may have a free one, as the endpoint', async () => {
    await expect(load({ argv: '--port 0 --admin-port 0' })).resolves.toBeDefined()
  })

  it('is checked in a file with all else', async () => {
    const file = 'admin: { host: 10.0.0.1, port: 14293, secret: inline }'
    const told = (await faultsOf({ file })).map(({ option }) => option)
    expect(told.sort()).toEqual(['admin.port', 'admin.secret'])
  })
})
