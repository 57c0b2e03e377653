/** Where proxies are that no public name leads to: the setting, taken apart, and a house that goes by it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { openSealtrail } from '../../../src/index.js'
import { parseEndpoints } from '../../../src/kms/xks/endpoints.js'
import { temporaryFolder } from '../../support/serve.js'
import { STORE } from './store-house.js'

const folder = temporaryFolder('endpoints')
afterAll(() => folder.remove())

describe('the setting of endpoints', () => {
  it('leads names elsewhere', () => {
    expect(parseEndpoints('')).toEqual(new Map())
    const text = 'https://Proxy.test=http://127.0.0.1:4600, https://hsm.home=https://10.0.0.7:8443'
    expect([...parseEndpoints(text)]).toEqual([
      ['https://proxy.test', 'http://127.0.0.1:4600'],
      ['https://hsm.home', 'https://10.0.0.7:8443'],
    ])
    expect(parseEndpoints('https://a.b=http://[::1]:1').get('https://a.b')).toBe('http://[::1]:1')
  })

  it.each([
    'proxy.test=http://127.0.0.1:1',
    'https://proxy.test',
    'https://proxy.test=127.0.0.1:1',
    'https://proxy.test=http://10.0.0.7:1',
    'https://proxy.test=http://127.0.0.1:1/path',
    'https://proxy.test=http://user@127.0.0.1:1',
    'https://proxy.test=ftp://127.0.0.1',
    'https://a.b=http://127.0.0.1:1,https://A.b=http://127.0.0.1:2',
    'https://a.b=http://127.0.0.1:1=2',
    ',',
  ])('refuses %s', (text) => {
    expect(() => parseEndpoints(text)).toThrow(expect.objectContaining({ code: 'ConfigInvalid' }))
  })
})

describe('a house', () => {
  it('asks a proxy where the setting says it is, by its own name', async () => {
    const hosts: unknown[] = []
    const server = createServer((request, response) => {
      hosts.push(request.headers.host, request.url)
      response.writeHead(404).end('{"errorName":"InvalidUriPathException"}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const xksProxyEndpoints = `https://proxy.test=http://127.0.0.1:${port}`
    const house = await openSealtrail({ dataDir: `${folder.path}/data`, xksProxyEndpoints })
    // How far a request comes in 250 ms, a busy machine decides.
    while (hosts.length === 0) {
      await expect(house.kms.createCustomKeyStore(STORE)).rejects.toMatchObject({
        code: expect.stringMatching(/^XksProxy(InvalidConfiguration|UriUnreachable)Exception$/),
      })
    }
    expect(hosts.slice(0, 2)).toEqual(['proxy.test', `${STORE.XksProxyUriPath}/health`])
    await house.close()
    server.close()
  })

  it('is not opened with one that nobody can go by', async () => {
    const dataDir = `${folder.path}/other`
    await expect(openSealtrail({ dataDir, xksProxyEndpoints: 'proxy.test' })).rejects.toMatchObject(
      {
        code: 'ConfigInvalid',
      },
    )
  })
})
