import type { Page } from 'puppeteer-core'

/**
 * What a reader with a screen reader, a keyboard or weak eyes would miss; nothing is missing where the list is empty. The checks
 * run in the page as text, as the tests' types know no browser.
 */
export async function missingForReaders(page: Page): Promise<readonly string[]> {
  return (await page.evaluate(checks)) as readonly string[]
}

const checks = `(() => {
  const found = []
  const all = (selector) => [...document.querySelectorAll(selector)]
  const named = (element) => element.outerHTML.slice(0, 120)
  const isShown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })
  if (!document.documentElement.lang) found.push('the page has no language')
  for (const field of all('input, textarea, select')) if (!field.labels?.length) found.push('no label: ' + named(field))
  for (const button of all('button, summary, a')) {
    if (!button.textContent.trim() && !button.ariaLabel) found.push('no name: ' + named(button))
  }
  for (const drawing of all('svg')) {
    const isPicture = drawing.getAttribute('role') === 'img' && drawing.getAttribute('aria-label')
    if (!isPicture && !drawing.closest('[aria-hidden=true], [role=img]')) found.push('no words: ' + named(drawing))
  }
  const levels = all('h1, h2, h3, h4').filter(isShown).map((heading) => Number(heading.tagName[1]))
  levels.forEach((level, index) => {
    if (index > 0 && level > levels[index - 1] + 1) found.push('a heading of level ' + level + ' after ' + levels[index - 1])
  })
  if (all('h1').length !== 1 || all('main').length !== 1) found.push('not one h1 and one main')
  for (const section of all('section')) {
    const by = document.getElementById(section.getAttribute('aria-labelledby') ?? '')
    if (!by?.textContent.trim()) found.push('no name: ' + named(section))
  }
  for (const table of all('table')) {
    if (!table.caption || !table.querySelector('th[scope]')) found.push('no caption or heads: ' + named(table))
  }
  const ids = all('[id]').map(({ id }) => id)
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) found.push('twice: #' + id)
  for (const list of all('ul, ol')) {
    if ([...list.children].some(({ tagName }) => tagName !== 'LI')) found.push('no list: ' + named(list))
  }

  // Colours as the browser mixes them, over the backgrounds that stand behind.
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  const mixed = (colors) => {
    canvas.clearRect(0, 0, 1, 1)
    for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1) }
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const luminance = ([red, green, blue]) => {
    const linear = [red, green, blue].map((part) => {
      const value = part / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }
  const contrast = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
    return (light + 0.05) / (dark + 0.05)
  }
  const behind = (element) => {
    const colors = []
    for (let at = element; at; at = at.parentElement) colors.unshift(getComputedStyle(at).backgroundColor)
    return ['white', ...colors]
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const weak = new Set()
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    if (!walker.currentNode.data.trim() || !element || !isShown(element)) continue
    if (element.closest('script, style, title, .unseen')) continue
    const style = getComputedStyle(element)
    const color = element.closest('svg') ? style.fill : style.color
    const ground = behind(element)
    const value = contrast(mixed([...ground, color]), mixed(ground))
    if (value < 4.5) weak.add(value.toFixed(2) + ' contrast: ' + walker.currentNode.data.trim().slice(0, 40))
  }
  found.push(...weak)
  if (document.documentElement.scrollWidth > innerWidth) found.push('wider than the window: ' + document.documentElement.scrollWidth)
  return found
})()`
