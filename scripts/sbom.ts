import { createHash } from 'node:crypto'
import type { Package } from './bundled-packages.ts'

/** What is in it, as CycloneDX 1.6. The same content gives the same text, so it says no time and no random number. */
export function sbom(version: string, node: Buffer, packages: readonly Package[]): string {
  const self = `pkg:npm/kafka-token-sidecar@${version}`
  const components = [nodeComponent(node), ...packages.map(component)]
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: {
        type: 'application',
        'bom-ref': self,
        name: 'kafka-token-sidecar',
        version,
        purl: self,
        licenses: [{ license: { id: 'Apache-2.0' } }],
      },
    },
    components,
    dependencies: [{ ref: self, dependsOn: components.map((each) => each['bom-ref']) }],
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

function component({ name, version, license, integrity }: Package) {
  // The scope of a name is a namespace in a purl, where @ is written as %40.
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  const hash = integrity?.startsWith('sha512-') ? Buffer.from(integrity.slice(7), 'base64').toString('hex') : undefined
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(license !== undefined && { licenses: [licenseOf(license)] }),
    // Of the archive in the registry: the bundler took parts of it.
    ...(hash !== undefined && { externalReferences: [distribution(name, version, hash)] }),
  }
}

function licenseOf(license: string) {
  return /[ ()]/.test(license) ? { expression: license } : { license: { id: license } }
}

function distribution(name: string, version: string, hash: string) {
  const file = `${name.slice(name.indexOf('/') + 1)}-${version}.tgz`
  return {
    type: 'distribution',
    url: `https://registry.npmjs.org/${name}/-/${file}`,
    hashes: [{ alg: 'SHA-512', content: hash }],
  }
}

/** Scanners know Node by its CPE; what is linked into it is told by name, as Node's own advisories cover it. */
function nodeComponent(program: Buffer) {
  const { node: version, ...parts } = process.versions
  const purl = `pkg:generic/node@${version}`
  const inside = [
    'openssl',
    'v8',
    'uv',
    'zlib',
    'brotli',
    'zstd',
    'nghttp2',
    'ares',
    'llhttp',
    'icu',
    'undici',
    'sqlite',
  ]
  return {
    type: 'platform',
    'bom-ref': purl,
    name: 'node',
    version,
    purl,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licenses: [{ license: { id: 'MIT' } }],
    hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(program).digest('hex') }],
    components: inside.flatMap((name) => {
      const version = parts[name]
      return version === undefined ? [] : [{ type: 'library', 'bom-ref': `${purl}#${name}`, name, version }]
    }),
  }
}
