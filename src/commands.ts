import { Command, InvalidArgumentError, Option } from 'commander'
import type { z } from 'zod'
import { type Config, ConfigError, readConfig } from './config.ts'
import type { InputFault } from './contract/errors.ts'
import { formatNames } from './contract/formats.ts'
import { readInput } from './contract/input.ts'
import { ParseOptions, queryOptions } from './contract/options.ts'
import { createLocalParsers } from './parsers.ts'
import { type Base, runMigrations, serve, serveApi, serveParser, serveWorker } from './roles.ts'
import { version } from './version.ts'

/** Reads the command line and does what it says. @param onReady called with the role when everything is loaded and at work */
export async function run(onReady: (role: string) => void): Promise<void> {
  await createProgram(onReady).parseAsync()
}

function createProgram(onReady: (role: string) => void): Command {
  const program = new Command('parsegate')
    .description('Takes URLs and gives back what is on the page, at once or later.')
    .version(version)
    .showHelpAfterError()
  addRoles(program, (role, serve) => startRole(role, serve, onReady))
  addMigrate(program)
  addParse(program)
  addHealth(program)
  return program
}

type StartRole = (role: string, serve: (base: Base) => Promise<string>) => Promise<void>

function addRoles(program: Command, start: StartRole): void {
  program
    .command('serve')
    .description(
      'the whole service in one process; needs nothing else unless DATABASE_URL or REDIS_URL are set',
    )
    .action(() => start('serve', async (base) => welcome(await serve(base), base.config)))
  program
    .command('api')
    .description('the HTTP gateway, over Postgres and Redis')
    .action(() => start('api', async (base) => `The api listens on ${await serveApi(base)}`))
  program
    .command('worker')
    .description('takes requests from Postgres to parsers, through Redis')
    .action(() => start('worker', async (base) => `The worker is at work${at(await serveWorker(base))}`))
  program
    .command('parser')
    .description('fetches and parses pages, taking tasks from Redis')
    .action(() =>
      start('parser', async (base) => `The parser is at work and listens on ${await serveParser(base)}`),
    )
}

function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('brings the schema of the database up to date, once before the start')
    .action(() =>
      once(async (config) => {
        const ran = await runMigrations(config)
        say(ran.length > 0 ? `The schema is up to date; ran ${ran.join(', ')}` : 'The schema is up to date')
        return 0
      }),
    )
}

/**
 * What stands after each flag of `parse`, and its help. The flags are the options of every parse path. Nothing stands after
 * one that is yes or no, or it would take the URL for that; `--no-` before its name says no.
 */
const flags: Record<keyof ParseOptions, readonly [argument: string, help: string]> = {
  timeout: ['<seconds>', 'time for each fetch'],
  max_bytes: ['<bytes>', 'largest page taken'],
  user_agent: ['<text>', 'who asks, as sites are told'],
  accept_language: ['<ranges>', 'languages wished for, such as de-CH'],
  headers: ['<name:value>', 'a header field to send along; once for each'],
  cookies: ['<name=value>', 'a cookie of the host in the URL; once for each'],
  proxy: ['<url>', 'a proxy to go through, one of PROXIES'],
  ignore_tls_errors: ['', 'take certificates that cannot be trusted, where ALLOW_TLS_ERRORS permits it'],
  robots: ['', 'heed robots.txt; ROBOTS if not given'],
  max_age: ['<seconds>', 'taken for the sake of scripts; nothing is stored here'],
  formats: ['<names>', `what to print of each page, with commas between: ${formatNames.join(', ')}`],
  main: ['[boolean]', 'the main content alone, or the whole page'],
  select: ['<css>', 'only what this selector selects'],
  remove: ['<css>', 'nothing that this selector selects'],
  extract: ['<json>', 'names and selectors of values to take out'],
}

const optionNames = Object.keys(flags) as (keyof ParseOptions)[]

function addParse(program: Command): void {
  const command = program
    .command('parse')
    .description('prints what is on each page as a line of JSON, without a server')
    .argument('<url...>', 'http or https URLs; - reads them from standard input')
  for (const name of optionNames) {
    command.addOption(flagOf(name))
    if (flags[name][0] === '') command.addOption(new Option(`--no-${dashed(name)}`, 'do not'))
  }
  command.action((urls: string[], given: Record<string, unknown>) =>
    once(async (config) => {
      const { parseUrls } = await import('./cli/parse.ts')
      const { direct: parser, close } = await createLocalParsers(config)
      const parts = { parser, input: process.stdin, output: process.stdout }
      const failures = await parseUrls(urls, toOptions(given), parts)
      await close()
      return failures > 0 ? 1 : 0
    }),
  )
}

/** A flag is read as a query reads the option of its name. */
function flagOf(name: keyof ParseOptions): Option {
  const [argument, help] = flags[name]
  const isMap = name === 'headers' || name === 'cookies'
  return new Option(`--${dashed(name)} ${argument}`.trim(), help).argParser<unknown>((text, before) => {
    const read = readInput<z.ZodType>(queryOptions[name], text)
    if ('faults' in read) throw new InvalidArgumentError(read.faults.map(toSentence).join(' '))
    return isMap ? { ...(before as object | undefined), ...(read.data as object) } : read.data
  })
}

/** A fault of what stands after a flag. Of a list it says by itself which member it is of. */
function toSentence({ path, message }: InputFault): string {
  return `${/^\d*$/.test(path) ? 'It' : path} ${message}.`
}

const dashed = (name: string) => name.replaceAll('_', '-')

/** Commander names flags in camel case. */
function toOptions(given: Record<string, unknown>): ParseOptions {
  const named = optionNames.map((name) => [name, given[flagOf(name).attributeName()]] as const)
  return ParseOptions.parse(Object.fromEntries(named.filter(([, value]) => value !== undefined)))
}

function addHealth(program: Command): void {
  program
    .command('health')
    .description('exits 0 when the role that runs on this machine is up; for health checks')
    .option('--port <port>', 'port it listens on; PORT, or 8000', number)
    .action(({ port }: { port?: number }) =>
      once(async ({ HOST, PORT }) => {
        const { askHealth } = await import('./cli/health.ts')
        const { up, said } = await askHealth(HOST, port ?? (Number.isNaN(PORT) ? 8000 : PORT))
        say(said)
        return up ? 0 : 1
      }),
    )
}

/** Starts a role that runs until it is told to stop, and prints one line when it is ready. */
async function startRole(
  role: string,
  serve: (base: Base) => Promise<string>,
  onReady: (role: string) => void,
): Promise<void> {
  await reporting(async () => {
    const config = readConfig(process.env)
    const [{ createLog }, { createShutdown }] = await Promise.all([
      import('./log.ts'),
      import('./shutdown.ts'),
    ])
    const { log, flush } = createLog(config.LOG_LEVEL, role, config.LOG_QUERY)
    const shutdown = createShutdown(log, flush)
    say(await serve({ config, log, shutdown }))
    onReady(role)
    if (config.REDIS_URL) {
      const { warnOfEviction } = await import('./parser/redis.ts')
      shutdown.add('check of redis', warnOfEviction(config.REDIS_URL, log))
    }
  })
}

/** Runs a command that ends by itself. @param run gives the exit code */
async function once(run: (config: Config) => Promise<number>): Promise<void> {
  await reporting(async () => {
    process.exitCode = await run(readConfig(process.env))
  })
}

/** What an operator can mend is told in plain words, without a stack. */
async function reporting(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    process.stderr.write(`parsegate: ${error instanceof ConfigError ? error.message : explain(error)}\n`)
    process.exit(1)
  }
}

function explain(error: unknown): string {
  const { message, cause, stack } = error as Error
  return cause instanceof Error ? `${message} (${cause.message})` : (stack ?? message)
}

function welcome(url: string, { DATABASE_URL, DATA_DIR }: Config): string {
  const lies = DATABASE_URL ? 'keeps its data in Postgres' : `keeps its data in ${DATA_DIR}`
  return `Parsegate listens on ${url}, ${lies}; try: curl '${url}/parse_sync?url=https://example.com/'`
}

function at(url: string | undefined): string {
  return url ? `, its health is at ${url}/health` : ''
}

function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0)) throw new InvalidArgumentError('It takes a number above 0.')
  return value
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
