import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Config, readConfig, settings } from '../src/config.ts'
import { compose, composeText, fill, composeService as service } from './support/compose.ts'

// There is no Docker where tests run: these hold the files to the code and to each other.

const read = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8')
const services = Object.entries(compose.services)
const ours = services.filter(([, { build }]) => build === '.')

const everyone = ['parser', 'api', 'api_worker']

/** To which roles of compose.yaml a setting means something; to none where the image sets it, or none of them has a use for it. */
const readBy: Record<keyof typeof settings, string[]> = {
  HOST: [],
  PORT: everyone,
  DATA_DIR: [],
  DATABASE_URL: ['api', 'api_worker'],
  REDIS_URL: everyone,
  // Their Redis serves no others.
  TASK_QUEUE: [],
  RESULT_PREFIX: [],
  PARSER_URL: ['api'],
  RESULT_TIMEOUT: ['api_worker'],
  WORKER_CONCURRENCY: ['api_worker'],
  PARSER_CONCURRENCY: ['parser'],
  WORKER_QUEUES: ['api', 'api_worker'],
  MAX_PENDING: ['api', 'api_worker'],
  MAX_SCHEDULES: ['api'],
  RETENTION: ['api_worker'],
  QUEUE_TTL: ['api_worker'],
  MAX_ATTEMPTS: ['api_worker'],
  MAX_BYTES: everyone,
  FETCH_TIMEOUT: ['parser', 'api'],
  CONNECT_TIMEOUT: ['parser'],
  FIRST_BYTE_TIMEOUT: ['parser'],
  CHUNK_TIMEOUT: ['parser'],
  MAX_REDIRECTS: ['parser'],
  MAX_HEADER_BYTES: ['parser'],
  EXTRACT_TIMEOUT: ['parser', 'api'],
  EXTRACT_THREADS: ['parser', 'api'],
  MAX_BYTES_AT_ONCE: ['parser'],
  USER_AGENT: ['parser'],
  ROBOTS: ['parser'],
  HOST_CONCURRENCY: ['parser'],
  HOST_GAP: ['parser'],
  PROXIES: ['parser', 'api'],
  ALLOW_TLS_ERRORS: ['parser', 'api'],
  ALLOW_PRIVATE: ['parser', 'api_worker'],
  DNS_SERVERS: ['parser', 'api_worker'],
  BLOCKED_PORTS: ['parser', 'api_worker'],
  API_KEYS: ['api'],
  LOG_LEVEL: everyone,
  LOG_QUERY: everyone,
}

/** The variables that compose.yaml takes from .env. */
const taken = [...new Set([...composeText.matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? ''))]

/** .env.example: what it sets, and what it shows as a comment. */
const example = [...read('.env.example').matchAll(/^(#?)([A-Z_]+)=(.*)$/gm)].map(([, off, name, value]) => ({
  name: name ?? '',
  value: value ?? '',
  isSet: off === '',
}))

/** The instructions of the Dockerfile's last stage, which is what runs. */
const dockerfile = read('Dockerfile').replaceAll('\\\n', ' ')
const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM ') + 1)
const instructions = (name: string, from = lastStage) =>
  [...from.matchAll(new RegExp(`^${name} +(.*)$`, 'gm'))].map(([, rest]) => (rest ?? '').trim())

const imageEnv = Object.fromEntries(
  instructions('ENV').flatMap((line) => line.split(/ +/).map((pair) => pair.split('=', 2))),
) as Record<string, string>

describe('compose.yaml', () => {
  test('has the six services', () => {
    const names = services.map(([name]) => name)
    assert.deepEqual(names.sort(), ['api', 'api_worker', 'db', 'migrate', 'parser', 'redis'])
    const roles = Object.fromEntries(ours.map(([name, { command }]) => [name, command]))
    assert.deepEqual(roles, {
      migrate: ['migrate'],
      parser: ['parser'],
      api: ['api'],
      api_worker: ['worker'],
    })
  })

  test('gives each service a health check with bounds', () => {
    for (const [name, { healthcheck }] of services) {
      assert.ok(healthcheck && healthcheck.test.length > 1 && !healthcheck.disable, name)
      assert.ok(healthcheck.interval && healthcheck.timeout && healthcheck.retries > 0, name)
    }
  })

  test('gives a role whose health is asked the port that is asked', () => {
    for (const [name, { healthcheck, environment }] of ours)
      if (healthcheck?.test.includes('health')) assert.ok(environment?.PORT, name)
  })

  test('limits what each service may use and do', () => {
    for (const [name, one] of services) {
      const { read_only, cap_drop, security_opt, mem_limit, stop_grace_period, init } = one
      assert.deepEqual([name, read_only, cap_drop, init], [name, true, ['ALL'], true])
      assert.deepEqual([name, security_opt, stop_grace_period], [name, ['no-new-privileges:true'], '15s'])
      assert.ok(mem_limit, name)
    }
  })

  test('restarts what serves, and runs migrate once', () => {
    for (const [name, { restart }] of services)
      assert.equal(restart, name === 'migrate' ? 'no' : 'unless-stopped', name)
  })

  test('starts each service after what it needs', () => {
    const waits = Object.fromEntries(
      ours.map(([name, { depends_on = {} }]) => [
        name,
        Object.fromEntries(Object.entries(depends_on).map(([other, { condition }]) => [other, condition])),
      ]),
    )
    const redis = 'service_healthy'
    const migrate = 'service_completed_successfully'
    assert.deepEqual(waits, {
      migrate: { db: 'service_healthy' },
      parser: { redis },
      api: { migrate, redis },
      api_worker: { migrate, redis },
    })
  })

  test('keeps parsers from the database, and the stores from the world', () => {
    const shared = service('parser').networks.filter((network) => service('db').networks.includes(network))
    assert.deepEqual(shared, [])
    // Pages come from there, and webhooks are told there.
    for (const name of ['parser', 'api_worker'])
      assert.ok(
        service(name).networks.some((network) => !compose.networks[network]?.internal),
        name,
      )
    for (const network of [...service('db').networks, ...service('redis').networks])
      assert.equal(compose.networks[network]?.internal, true, network)
    const published = services.flatMap(([name, { ports = [] }]) =>
      ports.map((port) => [name, fill(port, {})]),
    )
    assert.deepEqual(published, [['api', '127.0.0.1:8000:8000']])
  })

  test('puts services that talk to each other on one network', () => {
    const pairs = services.flatMap(([name, { environment = {} }]) =>
      Object.values(environment).flatMap((value) => {
        const host = /^\w+:\/\/(?:[^@/]*@)?(\w+)/.exec(String(value))?.[1]
        return host ? [[name, host]] : []
      }),
    )
    assert.equal(pairs.length, 7)
    for (const [name = '', host = ''] of pairs) {
      const shared = service(name).networks.filter((network) => service(host).networks.includes(network))
      assert.ok(shared.length > 0, `${name} cannot reach ${host}`)
    }
  })

  test('sets what the program and the images read, to values that they take', () => {
    for (const [name, { environment = {} }] of ours) {
      for (const variable of Object.keys(environment))
        assert.ok(Object.hasOwn(settings, variable), `${name}: ${variable}`)
      const values = Object.entries(environment).map(([key, value]) => [
        key,
        fill(value, { POSTGRES_PASSWORD: 'p' }),
      ])
      const config = readConfig({ ...imageEnv, ...Object.fromEntries(values) })
      if (config.DATABASE_URL) assert.equal(config.DATABASE_URL, 'postgres://parsegate:p@db:5432/parsegate')
    }
    const known = ['POSTGRES_USER', 'POSTGRES_DB', 'POSTGRES_PASSWORD']
    assert.deepEqual(Object.keys(service('db').environment ?? {}).sort(), known.sort())
  })

  test('gives each role every setting that means something to it', () => {
    for (const [setting, readers] of Object.entries(readBy))
      for (const role of ['parser', 'api', 'api_worker'])
        assert.equal(
          Object.hasOwn(service(role).environment ?? {}, setting),
          readers.includes(role),
          `${setting} of ${role}`,
        )
  })

  test('leads /parse_sync to the port that the parser listens on', () => {
    const port = service('parser').environment?.PORT
    assert.equal(service('api').environment?.PARSER_URL, `http://parser:${port}`)
  })

  test('has the users of Redis that the docs tell of', () => {
    const told = /^user default .*?(?=^```)/ms.exec(read('docs/configuration.md'))?.[0].trim().split('\n')
    const shown = (service('redis').command ?? []).map((word) => word.replace(/^>.*/, '>PASSWORD')).join(' ')
    const [, ...users] = shown.split(' --user ')
    assert.deepEqual(
      users.map((user) => `user ${user}`),
      told,
    )
  })

  test('keeps the database in a volume, and nothing else', () => {
    const volumes = services.flatMap(([name, { volumes = [] }]) => volumes.map((volume) => [name, volume]))
    assert.deepEqual(volumes, [['db', 'db:/var/lib/postgresql/data']])
    assert.deepEqual(Object.keys(compose.volumes), ['db'])
  })
})

describe('.env.example', () => {
  test('has every variable that compose.yaml takes, and no other', () => {
    assert.deepEqual(example.map(({ name }) => name).sort(), taken.sort())
  })

  test('sets what is required, and shows the rest with its default', () => {
    assert.deepEqual(
      example.filter(({ isSet }) => isSet).map(({ name }) => name),
      ['POSTGRES_PASSWORD'],
    )
    for (const { name, value } of example.filter((one) => Object.hasOwn(settings, one.name))) {
      const key = name as keyof Config
      assert.deepEqual(readConfig({ [name]: value })[key], readConfig({})[key], name)
      const { unset } = settings[key]
      // Empty where the default is not a value of its own.
      if (value !== '') assert.equal(value, unset)
      else assert.match(unset, /^empty| /, name)
    }
  })
})

describe('the Dockerfile', () => {
  test('sets variables that are settings, or those of Node and of the C library', () => {
    for (const name of Object.keys(imageEnv))
      assert.ok(/^(?:NODE_(?:ENV|OPTIONS)|MALLOC_.*)$/.test(name) || Object.hasOwn(settings, name), name)
    const { HOST, DATA_DIR } = readConfig(imageEnv)
    assert.deepEqual([HOST, DATA_DIR], ['0.0.0.0', '/data'])
  })

  test('runs node itself, as a user without rights, on its data', () => {
    assert.deepEqual(instructions('ENTRYPOINT'), ['["node", "dist/main.js"]'])
    assert.deepEqual(instructions('CMD'), ['["serve"]'])
    assert.deepEqual(instructions('USER'), ['node'])
    assert.deepEqual(instructions('VOLUME'), [imageEnv.DATA_DIR])
    assert.ok(lastStage.includes(`chown node:node ${imageEnv.DATA_DIR}`))
    assert.deepEqual(instructions('EXPOSE'), ['8000 8001'])
    assert.match(instructions('HEALTHCHECK').join(), /CMD \["node", "dist\/main\.js", "health"\]$/)
  })

  test('is built on the Node that package.json asks for', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }
    const images = instructions('FROM', dockerfile).map((from) => from.split(' ', 1)[0])
    assert.deepEqual([...new Set(images)], [`node:${engines.node.replace('>=', '')}-slim`])
  })

  test('copies what there is, and what .dockerignore lets through', () => {
    const [all, ...kept] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    assert.equal(all, '*')
    const copied = instructions('COPY', dockerfile)
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => line.split(' ').slice(0, -1))
    assert.deepEqual([...new Set(copied)].sort(), kept.map((line) => line.replace('!', '')).sort())
    for (const path of copied) assert.ok(existsSync(join(import.meta.dirname, '..', path)), path)
  })

  test('starts what the build makes', () => {
    const { compilerOptions } = JSON.parse(read('tsconfig.build.json')) as {
      compilerOptions: { outDir: string; rootDir: string }
    }
    assert.deepEqual([compilerOptions.outDir, compilerOptions.rootDir], ['dist', 'src'])
    assert.ok(existsSync(join(import.meta.dirname, '..', 'src/main.ts')))
  })
})
