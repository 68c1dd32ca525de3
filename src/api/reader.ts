import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type FormatName, type Formats, ownFormats } from '../contract/formats.ts'
import type { Page } from '../contract/models.ts'
import type { ParseOptions } from '../contract/options.ts'
import {
  formOf,
  ReaderAnswer,
  type ReaderData,
  type ReaderForm,
  ReaderHeaders,
  readerNames,
  readerOptions,
  targetOf,
} from '../contract/reader.ts'
import { TargetUrl } from '../contract/target.ts'
import { permitAs } from '../contract/translation.ts'
import type { Authenticate } from './auth.ts'
import { type NowParts, parseNow } from './now.ts'
import { invalid, problem, unauthorized } from './problem.ts'

export interface ReaderParts extends NowParts {
  authenticate: Authenticate
}

/** Adds `GET /r/{url}`: a page as a text to read, in the manner of Jina Reader. */
export function addReader(server: FastifyInstance, parts: ReaderParts): void {
  const typed = server.withTypeProvider<ZodTypeProvider>()
  const permit = permitAs(parts.permit, { names: readerNames })
  // Without a URL it tells that one is needed.
  for (const [path, schema] of [
    ['/r/*', read],
    ['/r', { ...read, hide: true }],
  ] as const)
    typed.get(path, { schema, preValidation: findTarget }, async (request, reply) => {
      const caller = parts.authenticate(request)
      const { url } = request.params
      const { options, format } = readerOptions(request.headers)
      const page = await parseNow({ url, options, caller }, reply, { ...parts, permit })
      const form = formOf(request.headers)
      return send(reply, toData({ ...page, url }, options, { form, format }), request.headers)
    })
}

/** The router would decode what belongs to the URL, and take its query for ours. */
async function findTarget(request: FastifyRequest): Promise<void> {
  request.params = { url: targetOf(request.url.replace(/^\/r\/?/, '')) }
}

/** What is told of a page. Links and images are pairs of a text and an address. */
interface Told extends Omit<ReaderData, 'links' | 'images'> {
  links?: [string, string][]
  images?: [string, string][]
}

function toData(
  page: Page & { url: string },
  options: ParseOptions,
  { form, format }: { form: ReaderForm; format: FormatName },
): Told {
  const { page_flags: flags } = page
  const formats = ownFormats(page.formats, options, flags)
  const { metadata, links, images } = formats
  const published = metadata?.published
  return {
    title: metadata?.title ?? page.title,
    description: metadata?.description ?? '',
    url: page.final_url ?? page.url,
    ...(published ? { publishedTime: published } : {}),
    ...(flags.length > 0 ? { warning: `What the page is instead: ${flags.join(', ')}` } : {}),
    [names[form]]: textOf({ ...formats, html: page.html }, format),
    ...(links ? { links: links.map(({ text, url }) => [text, url]) } : {}),
    ...(images ? { images: images.map(({ alt, url }, at) => [`Image ${at + 1}: ${alt}`, url]) } : {}),
  }
}

/** What a form is called in an answer. */
const names = { content: 'content', markdown: 'content', html: 'html', text: 'text' } as const

function textOf(formats: Formats & { html: string }, format: FormatName): string {
  if (format === 'markdown' || format === 'text' || format === 'content') return formats[format] ?? ''
  return formats.html
}

function send(reply: FastifyReply, told: Told, { accept = '', ...headers }: ReaderHeaders) {
  // Text of a stranger's, on this service's own origin.
  reply.header('content-security-policy', "sandbox; default-src 'none'")
  if (/\bapplication\/json\b/i.test(accept)) {
    const answer: z.infer<typeof ReaderAnswer> = { code: 200, status: 20000, data: toJson(told, headers) }
    return reply.type('application/json; charset=utf-8').send(answer)
  }
  if (/\btext\/event-stream\b/i.test(accept))
    return reply
      .type('text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(`event: data\nid: 0\ndata: ${JSON.stringify(toJson(told, headers))}\n\n`)
  return reply.type('text/plain; charset=utf-8').send(toText(told, formOf({ accept, ...headers })))
}

/** An object by texts, in which of equal ones the last stays; all of them as a list where that is asked for. */
function toJson({ links, images, ...rest }: Told, headers: ReaderHeaders): ReaderData {
  const gather = (pairs: [string, string][], wanted: ReaderHeaders['x-with-links-summary']) =>
    wanted === 'all' ? pairs : Object.fromEntries(pairs)
  return {
    ...rest,
    ...(links ? { links: gather(links, headers['x-with-links-summary']) } : {}),
    ...(images ? { images: gather(images, headers['x-with-images-summary']) } : {}),
  }
}

function toText(data: Told, form: ReaderForm): string {
  const { title, url, publishedTime, warning, links, images } = data
  const summaries = [
    links && `Links/Buttons:\n${lines(links, (text, to) => `- [${text}](${to})`)}`,
    images && `Images:\n${lines(images, (text, to) => `- ![${text}](${to})`)}`,
  ].filter((part) => part !== undefined)
  const bare = { content: undefined, markdown: undefined, html: data.html, text: data.text }[form]
  if (bare !== undefined) return [bare, ...summaries].join('\n\n')
  const head = [
    `Title: ${title}`,
    `URL Source: ${url}`,
    ...(publishedTime === undefined ? [] : [`Published Time: ${publishedTime}`]),
    ...(warning === undefined ? [] : [`Warning: ${warning}`]),
  ]
  return [...head, `Markdown Content:\n${data.content ?? ''}`, ...summaries].join('\n\n')
}

function lines(pairs: [string, string][], line: (text: string, url: string) => string): string {
  return pairs
    .map(([text, url]) => line(text.replaceAll(/[[\]\\]/g, String.raw`\$&`), toDestination(url)))
    .join('\n')
}

/** Parentheses would end the destination of a link. */
const toDestination = (url: string) => url.replaceAll('(', '%28').replaceAll(')', '%29')

const read = {
  tags: ['reader'],
  summary: 'A page as a text to read, at once',
  description:
    'In the manner of Jina Reader: what follows `/r/` is the URL, its query included, as it stands or percent-encoded. Nothing is stored.',
  params: z.object({ url: TargetUrl }),
  headers: ReaderHeaders,
  response: {
    200: {
      description: 'Plain text, or what `Accept` asks for',
      content: {
        'text/plain': { schema: z.string() },
        'application/json': { schema: ReaderAnswer },
        'text/event-stream': { schema: z.string() },
      },
    },
    401: unauthorized,
    422: invalid,
    502: problem('The page cannot be had: `code` and `detail` say why'),
    504: problem('It took longer than the time limit'),
  },
}
