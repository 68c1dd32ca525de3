import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { settings } from '../src/config.ts'
import { errorKinds } from '../src/contract/errors.ts'
import type { Group } from '../src/contract/groups.ts'
import { type DetailedRequest, Page, type StoredResult } from '../src/contract/models.ts'
import type { Repository } from '../src/contract/repository.ts'
import { ParseAsyncResponse, Problem, ResultResponse, SyncResult } from '../src/contract/responses.ts'
import type { Schedule, Schedules } from '../src/contract/schedules.ts'
import { moves } from '../src/contract/status.ts'
import { eventsOf } from '../src/contract/webhooks.ts'
import { wireKeys } from '../src/parser/wire.ts'
import type { Server } from '../src/server.ts'
import { buildServer } from './support/api.ts'
import { run } from './support/process.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const documents = ['.', 'docs'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)

/** The rows of the table that has these words at its head, cell by cell, as Markdown. */
function tableOf(markdown: string, ...head: string[]): string[][] {
  const lines = markdown.split('\n')
  const start = lines.indexOf(`| ${head.join(' | ')} |`)
  assert.notEqual(start, -1, `no table has the head ${head.join(', ')}`)
  const rows = lines.slice(start + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return rows.slice(0, end === -1 ? undefined : end).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  )
}

/** The texts of the fenced blocks of one language. */
function blocksOf(markdown: string, language: string): string[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , text]) => text ?? '')
}

/** Everything between single backticks. */
function quotedIn(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```.*?^```$/gms, '')
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text ?? '')
}

const unquote = (cell: string | undefined) => (cell ?? '').replace(/^`(.*)`$/, '$1')

describe('the tables of the docs', () => {
  test('list every setting with its default and its meaning', () => {
    const rows = tableOf(read('docs/configuration.md'), 'Name', 'Default', 'Meaning')
    const expected = Object.entries(settings).map(([name, { unset, help }]) => [`\`${name}\``, unset, help])
    assert.deepEqual(rows, expected)
  })

  test('list every error with its status, whether it passes, and its help', () => {
    const rows = tableOf(read('docs/errors.md'), 'Code', 'HTTP status', 'Retried', 'Help')
    const expected = Object.entries(errorKinds).map(([code, { status, passes, help }]) => [
      `\`${code}\``,
      String(status),
      passes ? 'yes' : 'no',
      help,
    ])
    assert.deepEqual(rows, expected)
  })

  test('list every move of a request, but those to cancelled', () => {
    const rows = tableOf(read('docs/architecture.md'), 'from', 'to', 'by', 'when')
    const told = rows.map(([from, to]) => `${unquote(from)} ${unquote(to)}`)
    const allowed = Object.entries(moves).flatMap(([from, targets]) => targets.map((to) => `${from} ${to}`))
    assert.deepEqual(
      [...new Set(told)].sort(),
      [
        ...allowed.filter((move) => !move.endsWith('cancelled')),
        '(new) pending',
        'processing processing',
      ].sort(),
    )
  })

  test('list the events that can come of each thing with a webhook', () => {
    const rows = tableOf(read('docs/webhooks.md'), 'webhook of', 'events that can come')
    const listed = (events: readonly string[]) => events.map((event) => `\`${event}\``).join(', ')
    assert.deepEqual(rows, [
      ...(['request', 'batch', 'crawl'] as const).map((thing) => [`a ${thing}`, listed(eventsOf[thing])]),
      ['a schedule', 'those of what it asks for, and `schedule.changed`'],
    ])
  })

  test('list every key in Redis', () => {
    const rows = tableOf(read('docs/architecture.md'), 'key', 'type', 'what')
    const told = rows.map(([key]) => unquote(key).replace(/[A-Z]+$/, ''))
    assert.deepEqual(new Set(told), new Set(Object.values(wireKeys('parser:tasks', 'parser:results:'))))
  })
})

/** A request that has succeeded, whichever is asked for. */
const stored: DetailedRequest & StoredResult = {
  id: 1,
  url: 'https://example.com/',
  status: 'success',
  attempt: 1,
  created_at: '2026-01-02T03:04:05.678Z',
  updated_at: '2026-01-02T03:04:05.678Z',
  error: null,
  options: {},
  group_id: null,
  change: null,
  attempts: [],
  timings: { queued: 5 },
  place: null,
  title: 'A title',
  html: '<title>A title</title>',
  final_url: 'https://example.com/',
  target_status: 200,
  redirects: [{ url: 'https://example.com/', status: 301 }],
  content_type: 'text/html',
  media_type: 'text/html',
  encoding: 'UTF-8',
  encoding_source: 'meta',
  fetched_at: '2026-01-02T03:04:05.678Z',
  cached: false,
  page_flags: [],
}

/** A batch that is done, whichever is asked for. */
const group: Group = {
  id: 1,
  kind: 'batch',
  options: {},
  total: 2,
  counts: { pending: 0, processing: 0, success: 2, failure: 0, cancelled: 0 },
  done: true,
  cancelled: false,
  seq: 2,
  created_at: '2026-01-02T03:04:05.678Z',
  updated_at: '2026-01-02T03:04:05.678Z',
}

/** A store that has everything and keeps nothing. */
const repository: Repository = {
  create: async () => ({ ...stored, status: 'pending' }),
  createGroup: async () => ({ id: 1, requests: [1, 2] }),
  createSchedule: async () => ({ id: 1, next_run_at: null }),
  runSchedule: async () => ({ kind: 'url', requestId: 1, groupId: null }),
  previous: async () => undefined,
  once: (_, work) => work(repository),
  list: async () => ({ items: [stored], next: null }),
  unended: async () => new Set(),
  states: async () => new Map(),
  countPending: async () => 0,
  cancel: async () => ({ moved: true, from: 'pending', group_id: null }),
  renew: async () => ({ moved: true, from: 'failure', group_id: null }),
  remove: async () => ({ moved: true, from: 'success', group_id: null }),
  group: async () => group,
  groupsUnderWay: async () => [],
  groupEvents: async () => [],
  groupResults: async (_, after) => (after === 0 ? [{ seq: 2, result: stored }] : []),
  groupVersions: async () => new Map(),
  addToGroup: async () => [],
  closeGroup: async () => {},
  markCancelled: async () => true,
  cancelSome: async () => [],
  purge: async () => ({ removed: 0, next: null }),
  purgeGroups: async () => 0,
  purgeDeliveries: async () => 0,
  purgeKeys: async () => 0,
  status: async () => stored,
  result: async () => stored,
  reusable: async () => undefined,
  claim: async () => [],
  adopt: async () => [],
  extend: async () => {},
  succeed: async () => true,
  fail: async () => true,
  retry: async () => true,
  postpone: async () => true,
  release: async () => {},
  ping: async () => {},
}

/** One that is there, whichever is asked for. */
const schedule: Schedule = {
  id: 1,
  timing: { every: 3600 },
  kind: 'url',
  url: 'https://example.com/',
  size: 1,
  webhook: null,
  onlyChanged: false,
  paused: false,
  next_run_at: '2026-01-02T03:04:05.678Z',
  due: false,
  created_at: '2026-01-02T03:04:05.678Z',
  last: null,
}

const schedules: Schedules = {
  find: async () => schedule,
  list: async () => [schedule],
  pause: async () => true,
  remove: async () => true,
  due: async () => [],
  fire: async () => undefined,
}

/** The HTTP request that a curl line of the docs makes, as far as they use curl. */
function readCurl(line: string) {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  const request = { method: 'GET', url: '', headers: {} as Record<string, string>, payload: '' }
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const next = words[at + 1] ?? ''
    if (word === '-X') request.method = next
    else if (word === '-H') Object.assign(request.headers, Object.fromEntries([next.split(': ', 2)]))
    else if (word === '-d') request.payload = next
    else if (word === '--data-urlencode')
      request.url += `?url=${encodeURIComponent(next.replace('url=', ''))}`
    else if (word === '-G') continue
    else if (word.startsWith('http://127.0.0.1:8000/'))
      request.url = word.slice('http://127.0.0.1:8000'.length)
    else throw new Error(`the test does not know ${word} in ${line}`)
    if (word.startsWith('-')) at += 1
  }
  return request as typeof request & { method: 'GET' | 'POST' }
}

describe('the README', () => {
  const readme = read('README.md')
  const routes = tableOf(readme, 'path', 'what').map(([cell]) => unquote(cell))
  let server: Server

  before(async () => {
    const page = Page.parse({ title: 'A title', html: '<title>A title</title>' })
    server = await buildServer({ repository, schedules, parser: { parse: async () => page } })
  })

  after(() => server.close())

  test('names no path that is not served', () => {
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ')
      const url = path.replaceAll(/\{(\w+)\}/g, ':$1')
      // A URL has slashes of its own.
      const isServed = [url, url.replace(/:url$/, '*')].some((one) =>
        server.hasRoute({ method: method as 'GET' | 'POST', url: one }),
      )
      assert.ok(isServed, route)
    }
  })

  test('names every path of the OpenAPI document', async () => {
    const { paths } = (await server.inject('/openapi.json')).json<{ paths: Record<string, object> }>()
    assert.ok(Object.keys(paths).length >= 4)
    for (const [path, operations] of Object.entries(paths)) {
      for (const method of Object.keys(operations))
        assert.ok(
          routes.includes(`${method.toUpperCase()} ${path}`),
          `${method} ${path} is not in the README`,
        )
    }
  })

  test('has curl lines that are accepted as they stand', async () => {
    const names = ['sites', 'schedules', 'doors']
    const texts = [readme, ...names.map((name) => read(`docs/${name}.md`))]
    const lines = texts.flatMap((text) => blocksOf(text, 'sh')).flatMap((block) => block.split('\n'))
    const calls = lines.filter((line) => line.startsWith('curl '))
    assert.ok(calls.length >= 5)
    for (const call of calls) {
      const { statusCode, body } = await server.inject(readCurl(call))
      // What there is to cancel has ended in this store.
      const isOver = statusCode === 409 && call.includes('/cancel')
      assert.ok(statusCode < 300 || isOver, `${call}: ${statusCode} ${body}`)
    }
  })

  test('has curl lines for every path that clients use', () => {
    const lines = blocksOf(readme, 'sh').join('\n')
    for (const path of ['/parse_async', '/parse_sync?url=', '/status/1', '/result/1'])
      assert.ok(lines.includes(`http://127.0.0.1:8000${path}`), path)
  })

  test('shows answers that have the form of the answers', () => {
    const forms = [SyncResult, ParseAsyncResponse, ResultResponse, Problem].map((form) => form.strict())
    const answers = blocksOf(readme, 'json')
    assert.equal(answers.length, forms.length)
    for (const answer of answers)
      assert.ok(
        forms.some((form) => form.safeParse(JSON.parse(answer)).success),
        answer,
      )
  })

  test('names commands that there are', async () => {
    const help = run(process.execPath, ['src/main.ts', '--help'], { cwd: root })
    assert.equal(await help.ended, 0)
    const known = [...help.output().matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name)
    const named = [...readme.matchAll(/src\/main\.ts ([a-z]+)/g)].map(([, name]) => name)
    assert.ok(named.length >= 5)
    for (const name of named) assert.ok(known.includes(name), name)
  })
})

describe('every document', () => {
  test('links to files that there are', () => {
    for (const document of documents) {
      const links = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '')
      for (const link of links.filter((target) => !/^[a-z]+:/.test(target)))
        assert.ok(
          existsSync(join(root, dirname(document), link.split('#', 1)[0] ?? '')),
          `${document}: ${link}`,
        )
    }
  })

  test('names files and folders that there are', () => {
    for (const document of documents) {
      const named = quotedIn(read(document)).filter((text) => /^(?:src|test|docs)\/[\w./-]+$/.test(text))
      for (const path of named) assert.ok(existsSync(join(root, path)), `${document}: ${path}`)
    }
  })

  test('names settings that there are', () => {
    const others = [
      'NAME',
      'NODE_ENV',
      'NODE_OPTIONS',
      'POSTGRES_PASSWORD',
      'CHAOS_SEED',
      'MALLOC_ARENA_MAX',
      'MALLOC_MMAP_THRESHOLD_',
    ]
    for (const document of documents.filter((name) => name !== 'CHANGELOG.md')) {
      const names = quotedIn(read(document)).flatMap(
        (text) => /^([A-Z][A-Z_]{3,})(?:=\S*)?$/.exec(text)?.[1] ?? [],
      )
      for (const name of names)
        assert.ok(
          [...Object.keys(settings), ...others].includes(name.replace(/_FILE$/, '')),
          `${document}: ${name}`,
        )
    }
  })

  test('names npm scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    for (const document of documents) {
      const calls = [...read(document).matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/g)]
      for (const [call, named, short] of calls)
        assert.ok(Object.hasOwn(scripts, named ?? short ?? ''), `${document}: ${call}`)
    }
  })
})

describe('docs/architecture.md', () => {
  const text = read('docs/architecture.md')

  test('fits on a hundred lines', () => {
    assert.ok(text.trimEnd().split('\n').length <= 100)
  })

  test('names functions that are in the files it names', () => {
    const places = [...text.matchAll(/`(src\/[\w./-]+)` \(((?:`\w+`(?:, )?)+)\)/g)]
    assert.ok(places.length >= 4)
    for (const [, file = '', names = ''] of places)
      for (const name of quotedIn(names)) assert.match(read(file), new RegExp(`\\b${name}\\b`), file)
  })
})
