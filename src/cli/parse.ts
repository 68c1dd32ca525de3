import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { ZodError } from 'zod'
import { toServiceError } from '../contract/errors.ts'
import type { Fault } from '../contract/models.ts'
import type { ParseOptions } from '../contract/options.ts'
import type { Parser } from '../contract/parser.ts'
import { TargetUrl } from '../contract/requests.ts'
import { toSyncResult } from '../contract/responses.ts'

export interface ParseParts {
  parser: Parser
  input: Readable
  output: Writable
}

/** Pages fetched at once. */
const AT_ONCE = 8

/**
 * Parses URLs without a server and prints a line of JSON for each, in the order given: title, HTML and the rest of the
 * page, or its error. `-` stands for URLs read from standard input, one a line.
 * @returns the number of URLs that failed
 */
export async function parseUrls(urls: string[], options: ParseOptions, parts: ParseParts): Promise<number> {
  let failures = 0
  const running: Promise<object>[] = []
  const print = async () => {
    const answer = await running.shift()
    if (answer && 'error' in answer) failures += 1
    if (answer && !parts.output.write(`${JSON.stringify(answer)}\n`)) await drained(parts.output)
  }
  for await (const url of expand(urls, parts.input)) {
    running.push(parseOne(url, options, parts.parser))
    if (running.length >= AT_ONCE) await print()
  }
  while (running.length > 0) await print()
  return failures
}

async function* expand(urls: string[], input: Readable): AsyncGenerator<string> {
  for (const url of urls) {
    if (url !== '-') yield url
    else for await (const line of createInterface({ input })) if (line.trim() !== '') yield line.trim()
  }
}

async function parseOne(text: string, options: ParseOptions, parser: Parser): Promise<object> {
  const url = TargetUrl.safeParse(text)
  if (!url.success) return { url: text, error: toFault(url.error) }
  try {
    return toSyncResult(url.data, await parser.parse(url.data, options), options)
  } catch (fault) {
    const { code, message, targetStatus } = toServiceError(fault)
    return {
      url: url.data,
      error: { code, message },
      ...(targetStatus ? { target_status: targetStatus } : {}),
    }
  }
}

function toFault({ issues: [issue] }: ZodError): Fault {
  const { code } = (issue?.code === 'custom' && issue.params) || { code: 'invalid_url' }
  return { code, message: `url ${issue?.message}` }
}

function drained(output: Writable): Promise<void> {
  return new Promise((resolve) => output.once('drain', resolve))
}
