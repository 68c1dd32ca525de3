import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { BatchCreate, BatchQuery, ResultsQuery } from '../../src/contract/batch.ts'
import { CrawlCreate, MapCreate } from '../../src/contract/crawl.ts'
import {
  FirecrawlBatch,
  FirecrawlCrawl,
  FirecrawlMap,
  FirecrawlScrape,
} from '../../src/contract/firecrawl.ts'
import { readInput } from '../../src/contract/input.ts'
import { ListQuery } from '../../src/contract/listing.ts'
import { ParseAsyncCreate, ParseSyncQuery } from '../../src/contract/requests.ts'
import { ScheduleCreate, SchedulesQuery } from '../../src/contract/schedules.ts'
import { WaitQuery } from '../../src/contract/waiting.ts'
import { DeliveriesQuery } from '../../src/contract/webhooks.ts'

const url = 'https://example.com/'

function faultsOf(schema: z.ZodType, given: unknown) {
  const read = readInput(schema, given)
  return 'faults' in read ? read.faults : []
}

/** Each schema by which input is read, with something that it takes. */
const schemas: [name: string, schema: z.ZodType, good: object][] = [
  ['parse_async', ParseAsyncCreate, { url }],
  ['parse_batch', BatchCreate, { urls: [url] }],
  ['crawl', CrawlCreate, { url }],
  ['map', MapCreate, { url }],
  ['schedules', ScheduleCreate, { every: 60, url }],
  ['v2 scrape', FirecrawlScrape, { url }],
  ['v2 batch', FirecrawlBatch, { urls: [url] }],
  ['v2 crawl', FirecrawlCrawl, { url }],
  ['v2 map', FirecrawlMap, { url }],
  ['the query of parse_sync', ParseSyncQuery, { url }],
  ['the query of a batch', BatchQuery, {}],
  ['the query of results', ResultsQuery, {}],
  ['the query of requests', ListQuery, {}],
  ['the query of schedules', SchedulesQuery, {}],
  ['the query of webhooks', DeliveriesQuery, {}],
  ['the query of status', WaitQuery, {}],
]

/** What zod says where nobody told it what to say. */
const stock = /^(?:Invalid|Too (?:big|small)|Unrecognized|Expected|Required)\b/

/** Things that are wrong in most places. */
const wrong = [
  ...[null, [], {}, 'x', '', -1, 1.5, 1e300, true, [null], [[]], [{}], { x: null }, { '': 1 }, Number.NaN],
  ...['a'.repeat(20_000), Array.from({ length: 120 }, () => 1), { url: 1 }, { url, events: [] }],
  ...[
    { url, secret: [] },
    { url, secret: 'x' },
    { url, secret: ['x'] },
    { url, events: 'x' },
    { selector: 1 },
  ],
  ...[{ a: { selector: 'p', fields: [] } }, [{ type: 'x' }], [{ type: 'attributes' }], { mode: 'x' }],
  ...[{ country: 'x' }, { languages: [] }, { urls: [] }, { urls: [1] }, { items: [1] }, { 'a b': 'c' }],
]

describe('faults of input', () => {
  for (const [name, schema, good] of schemas)
    test(`of ${name} are told in words of our own, whatever is sent`, () => {
      assert.deepEqual(faultsOf(schema, good), [])
      const members = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
      assert.ok(members.length > 0)
      const sent = wrong.flatMap((one) => [one, ...members.map((member) => ({ ...good, [member]: one }))])
      for (const one of [undefined, ...sent])
        for (const { path, message } of faultsOf(schema, one)) {
          assert.doesNotMatch(
            message,
            stock,
            `${path}: ${message}, for ${JSON.stringify(one)?.slice(0, 100)}`,
          )
          assert.ok(message.length > 5, `${path}: ${message}`)
        }
    })

  const told: [name: string, schema: z.ZodType, given: unknown, path: string, words: RegExp][] = [
    ['nothing', ParseAsyncCreate, undefined, '', /^The body must be an object, with url, queue, /],
    ['null', ParseAsyncCreate, null, '', /^The body must be an object, with url, queue, /],
    ['a list', BatchCreate, [], '', /^The body must be an object, with urls, items, webhook/],
    [
      'a text for an object',
      ParseAsyncCreate,
      { url, webhook: 'x' },
      'webhook',
      /^must be an object, with url, events, secret$/,
    ],
    [
      'an unknown name',
      ParseAsyncCreate,
      { url, webhook: { url, x: 1 } },
      'webhook.x',
      /^is not known here; takes url, events, secret$/,
    ],
    [
      'one thing or another',
      ParseAsyncCreate,
      { url, webhook: { url, secret: 5 } },
      'webhook.secret',
      /^must be a text such as whsec_.*, or must be a list$/,
    ],
  ]
  for (const [name, schema, given, path, words] of told)
    test(`name what is taken in the place of ${name}`, () => {
      const [fault, ...others] = faultsOf(schema, given)
      assert.deepEqual([others, fault?.path], [[], path])
      assert.match(fault?.message ?? '', words)
    })
})
