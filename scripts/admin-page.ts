import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, transform } from 'esbuild'
import { format } from 'prettier'

const folder = join(import.meta.dirname, '../src/ops/admin-page/browser')

/** `src/ops/admin-page/page-text.ts`: the page's HTML, CSS and JavaScript as strings, from `browser/`. */
export async function adminPageText(): Promise<string> {
  // What browsers of the last two years know; each answer of the sidecar is ASCII.
  const target = ['chrome123', 'firefox128', 'safari17.4']
  const common = { minify: true, target, charset: 'ascii' } as const
  const built = await build({
    ...common,
    entryPoints: [join(folder, 'main.ts')],
    bundle: true,
    write: false as const,
    format: 'iife',
    logLevel: 'warning',
    // Nothing of how Node is built matters in a browser.
    tsconfigRaw: '{}',
  })
  const javaScript = built.outputFiles[0]?.text.trim() ?? ''
  const { code } = await transform(readFileSync(join(folder, 'page.css'), 'utf8'), { ...common, loader: 'css' })
  const html = readFileSync(join(folder, 'page.html'), 'utf8').replace(/\n\s*/g, '\n')
  const texts = { html, css: code.trim(), javaScript }
  for (const [name, text] of Object.entries(texts)) {
    // eslint-disable-next-line no-control-regex
    if (/[^\x00-\x7f]/.test(text)) throw new Error(`${name} of the admin page has characters beyond ASCII`)
    if (name !== 'html' && /<\/|<!--/.test(text)) throw new Error(`${name} of the admin page could end its element`)
  }
  const lines = Object.entries(texts).map(([name, text]) => `export const ${name} = ${JSON.stringify(text)}\n`)
  const made = `// Made by npm run docs from browser/: change it there.\n\n${lines.join('\n')}`
  return format(made, { parser: 'typescript', semi: false, singleQuote: true, printWidth: 120 })
}

/** Where it belongs, from the root. */
export const adminPageFile = 'src/ops/admin-page/page-text.ts'
