import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Config, ConfigError, readConfig, settings } from '../src/config.ts'
import { version } from '../src/version.ts'

const faultsOf = (env: Record<string, string>): string => {
  try {
    readConfig(env)
    return ''
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message
  }
}

describe('the settings', () => {
  test('have their defaults', () => {
    const { ALLOW_PRIVATE, BLOCKED_PORTS, PORT, ...rest } = readConfig({})
    assert.deepEqual(rest, {
      HOST: '127.0.0.1',
      DATA_DIR: './data',
      DATABASE_URL: undefined,
      REDIS_URL: undefined,
      TASK_QUEUE: 'parser:tasks',
      RESULT_PREFIX: 'parser:results:',
      PARSER_URL: undefined,
      RESULT_TIMEOUT: 30_000,
      WORKER_CONCURRENCY: 400,
      PARSER_CONCURRENCY: 400,
      WORKER_QUEUES: ['api'],
      MAX_PENDING: 100_000,
      MAX_SCHEDULES: 1000,
      RETENTION: 2_592_000_000,
      QUEUE_TTL: 900_000,
      MAX_ATTEMPTS: 3,
      MAX_BYTES: 10_485_760,
      FETCH_TIMEOUT: 20_000,
      CONNECT_TIMEOUT: 3000,
      FIRST_BYTE_TIMEOUT: 10_000,
      CHUNK_TIMEOUT: 10_000,
      MAX_REDIRECTS: 10,
      MAX_HEADER_BYTES: 16_384,
      EXTRACT_TIMEOUT: 1700,
      EXTRACT_THREADS: undefined,
      MAX_BYTES_AT_ONCE: 134_217_728,
      USER_AGENT: `Parsegate/${version} (+https://www.npmjs.com/package/parsegate)`,
      ROBOTS: false,
      HOST_CONCURRENCY: undefined,
      HOST_GAP: 0,
      PROXIES: [],
      ALLOW_TLS_ERRORS: false,
      DNS_SERVERS: [],
      API_KEYS: [],
      LOG_LEVEL: 'info',
      LOG_QUERY: false,
    })
    assert.deepEqual([ALLOW_PRIVATE.length, BLOCKED_PORTS.has(6379), BLOCKED_PORTS.has(80)], [0, true, false])
    assert.ok(Number.isNaN(PORT))
  })

  const good: [name: keyof Config, value: string, read: unknown][] = [
    ['PORT', '0', 0],
    ['DATABASE_URL', 'postgresql+asyncpg://u:p@db:5432/app', 'postgres://u:p@db:5432/app'],
    ['DATABASE_URL', 'postgresql://u:p@db/app?sslmode=require', 'postgresql://u:p@db/app?sslmode=require'],
    ['REDIS_URL', 'rediss://:secret@redis:6380/1', 'rediss://:secret@redis:6380/1'],
    ['RESULT_TIMEOUT', '2.5', 2500],
    ['ROBOTS', '1', true],
    ['ALLOW_TLS_ERRORS', 'false', false],
    ['HOST_CONCURRENCY', '0', 0],
    ['WORKER_QUEUES', ' api , bulk,', ['api', 'bulk']],
    ['API_KEYS', 'a,b', ['a', 'b']],
    ['DNS_SERVERS', '10.0.0.53, [::1]:5353', ['10.0.0.53', '[::1]:5353']],
    ['LOG_LEVEL', 'silent', 'silent'],
    ['HOST', '', '127.0.0.1'],
    ['DATABASE_URL', '', undefined],
  ]
  for (const [name, value, read] of good)
    test(`${name}=${value} is taken`, () => assert.deepEqual(readConfig({ [name]: value })[name], read))

  const bad: [name: keyof Config, value: string, takes: RegExp][] = [
    ['PORT', '65536', /^PORT takes a whole number from 0 to 65535$/],
    ['PORT', '80a', /^PORT takes a whole number/],
    ['PORT', '-1', /^PORT takes/],
    ['MAX_BYTES', '1e6', /^MAX_BYTES takes a whole number from 1024/],
    ['RESULT_TIMEOUT', '0', /^RESULT_TIMEOUT takes a number of seconds from 0.1/],
    ['RESULT_TIMEOUT', '30s', /^RESULT_TIMEOUT takes a number of seconds/],
    ['MAX_ATTEMPTS', '0', /^MAX_ATTEMPTS takes/],
    ['DATABASE_URL', 'mysql://x/y', /^DATABASE_URL takes a URL such as postgres:/],
    ['REDIS_URL', 'redis', /^REDIS_URL takes a URL such as redis:/],
    [
      'REDIS_URL',
      'redis://:50%@x',
      /^REDIS_URL takes a URL such as .* % in a user or password written as %25/,
    ],
    ['PARSER_URL', 'ftp://x', /^PARSER_URL takes a URL such as http:/],
    ['WORKER_QUEUES', ',', /^WORKER_QUEUES takes/],
    ['WORKER_QUEUES', 'a b', /^WORKER_QUEUES /],
    ['ALLOW_PRIVATE', '10.0.0.0/33', /^ALLOW_PRIVATE /],
    ['BLOCKED_PORTS', '80,x', /^BLOCKED_PORTS takes a comma list of ports/],
    ['DNS_SERVERS', '10.0.0.53,dns.example', /^DNS_SERVERS takes a comma list of `address\[:port\]`$/],
    ['LOG_LEVEL', 'loud', /^LOG_LEVEL takes one of fatal, /],
  ]
  for (const [name, value, takes] of bad)
    test(`${name}=${value} is refused, saying what it takes`, () =>
      assert.match(faultsOf({ [name]: value }), takes))

  test('are all told of at once when several are wrong', () => {
    const lines = faultsOf({ PORT: 'x', LOG_LEVEL: 'x' }).split('\n')
    assert.deepEqual(
      lines.map((line) => line.split(' ')[0]),
      ['PORT', 'LOG_LEVEL'],
    )
  })

  test('do not show a secret that is wrong', () => {
    assert.doesNotMatch(faultsOf({ DATABASE_URL: 'mysql://u:secret@x/y' }), /secret/)
  })

  test('are read from files, for secrets', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parsegate-config-'))
    const file = join(folder, 'keys')
    writeFileSync(file, 'one,two\n')
    assert.deepEqual(readConfig({ API_KEYS_FILE: file }).API_KEYS, ['one', 'two'])
    assert.match(
      faultsOf({ API_KEYS_FILE: join(folder, 'none') }),
      /^API_KEYS_FILE names a file that cannot be read/,
    )
    rmSync(folder, { recursive: true })
  })

  test('cannot be changed afterwards', () => {
    assert.ok(Object.isFrozen(readConfig({})))
    assert.deepEqual(Object.keys(readConfig({})), Object.keys(settings))
  })
})
