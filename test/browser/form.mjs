// A questionnaire's page in a real browser, from a file: node form.mjs PAGE FOLDER
// Prints one JSON object of what was seen; the answer files it made are in FOLDER. What that must be is form.py's business.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(path.join(process.env.BROWSER_MODULES, 'package.json'))
const { chromium } = require('playwright-core')
const axe = readFileSync(require.resolve('axe-core'), 'utf8')
const [page_path, folder] = process.argv.slice(2)
const address = pathToFileURL(path.resolve(page_path)).href
const seen = { requests: [], errors: [] }

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] })

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 320, height: 640 }, acceptDownloads: true, ...options })
  const page = await context.newPage()
  page.on('request', (request) => request.url().startsWith('file:') || request.url().startsWith('blob:') || seen.requests.push(request.url()))
  page.on('pageerror', (error) => seen.errors.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && seen.errors.push(message.text()))
  await page.goto(address)
  return page
}

// axe runs in the page's own world, past the page's policy; tags of WCAG 2.2 AA and of good practice.
async function faults(page) {
  await page.evaluate(axe)
  const result = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
  return result.violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target).join(' ')}`)
}

const wide = (page) => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)

async function finish(page, name) {
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: 60000 }), page.click('button[type=submit]')])
  await download.saveAs(path.join(folder, name))
  return download.suggestedFilename()
}

// Without scripts.
let page = await open({ javaScriptEnabled: false })
seen.bare = await page.textContent('noscript').catch(() => '')
seen.bare_button = await page.isVisible('button[type=submit]')
await page.context().close()

// As it is opened.
page = await open()
seen.opened = await faults(page)
seen.wide = await wide(page)
seen.button = await page.isVisible('button[type=submit]')
seen.far = await page.textContent('#far')

// Finishing at once: the summary has the focus and names what is missing; each line leads to its question.
await page.click('button[type=submit]')
seen.refused = await page.isVisible('#summary')
seen.focus = await page.evaluate(() => document.activeElement.id)
seen.missing = await page.$$eval('#faults li', (list) => list.map((item) => item.textContent))
seen.wrong = await faults(page)
await page.click('#faults li:first-child a')
seen.first = await page.evaluate(() => document.activeElement.id)

// By keyboard alone: every question is reached in the order it stands in.
await page.focus('#main')
seen.order = []
for (let i = 0; i < 200; i++) {
  await page.keyboard.press('Tab')
  const id = await page.evaluate(() => document.activeElement.closest('.question')?.id)
  if (id && seen.order.at(-1) !== id) seen.order.push(id)
  if (id === 'q-sure') break
}
seen.standing = await page.$$eval('.question', (list) => list.map((one) => one.id))

// Filling in, with what is awkward: quotes, markup, other scripts, half a character.
const awkward = 'We “follow” <b>ISO 27001</b> & more 😀\u0000\ud800 </script>\nLine two'
for (const area of await page.$$('textarea')) await area.fill(awkward)
for (const input of await page.$$('#form input[type=text]')) await input.fill('report, 2026-11-01')
for (const set of await page.$$('fieldset')) await (await set.$('input[type=radio]')).check()
await page.fill('#signer', 'Zoë Quill, head of security')
seen.kept = await page.textContent('#saved')
await page.reload()
seen.restored = await page.inputValue('textarea >> nth=0')
seen.done_far = await page.textContent('#far')
await page.check('#sure')
seen.name = await finish(page, 'answers.json')
seen.done = await page.isVisible('#done')
seen.fingerprint = await page.textContent('#print')
seen.finished = await faults(page)
await page.fill('textarea >> nth=0', 'second thoughts')
await finish(page, 'again.json')
await page.click('#forget')
await page.reload()
seen.forgotten = await page.inputValue('#signer')

await browser.close()
console.log(JSON.stringify(seen))
