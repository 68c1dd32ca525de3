import { z } from 'zod'
import { FieldMap } from './fields.ts'
import { isContent, type PageFlag } from './flags.ts'
import { Metadata } from './metadata.ts'
import { Selector } from './selector.ts'

/** What a page can be given as. Each is a member of the answer under its own name. */
export const formatNames = [
  'title',
  'html',
  'markdown',
  'text',
  'content',
  'metadata',
  'links',
  'images',
  'headings',
  'tables',
  'json_ld',
  'feed',
] as const

export type FormatName = (typeof formatNames)[number]

/** What is given where a request does not say. */
export const defaultFormats: readonly FormatName[] = ['title', 'html']

const Url = z.string().meta({ format: 'uri' })

export const Link = z.object({
  url: Url,
  text: z.string(),
  rel: z.string().optional(),
  /** Whether it leads to the page's own host. */
  internal: z.boolean(),
})
export type Link = z.infer<typeof Link>

export const Image = z.object({
  url: Url,
  alt: z.string(),
  width: z.int().optional(),
  height: z.int().optional(),
})
export type Image = z.infer<typeof Image>

export const Heading = z.object({ level: z.int().min(1).max(6), text: z.string(), id: z.string().optional() })
export type Heading = z.infer<typeof Heading>

export const Table = z.object({
  caption: z.string().optional(),
  /** Rows of cells; a cell that spans several stands in each of them. */
  rows: z.array(z.array(z.string())),
})
export type Table = z.infer<typeof Table>

export const FeedLink = z.object({ url: Url, title: z.string(), type: z.string() })
export type FeedLink = z.infer<typeof FeedLink>

/** Most links, images, headings, tables, JSON-LD blocks or feeds of one page. */
export const MOST_ITEMS = 10_000

const list = <Item extends z.ZodType>(item: Item) => z.array(item).max(MOST_ITEMS)

/** What is made of a page, beside its title and its HTML, and how it is described. */
const made = {
  markdown: z
    .string()
    .meta({ description: 'The main content as Markdown (CommonMark with tables), safe to show' }),
  text: z.string().meta({ description: 'The main content as plain text, a line for each block' }),
  content: z.string().meta({ description: 'The main content as clean HTML, safe to show' }),
  metadata: Metadata,
  links: list(Link).meta({ description: 'Links to http and https URLs, each URL once' }),
  images: list(Image),
  headings: list(Heading),
  tables: list(Table),
  json_ld: list(z.unknown()).meta({ description: 'The JSON-LD blocks of the page' }),
  feed: list(FeedLink).meta({ description: 'Feeds that the page names' }),
  extract: z.record(z.string(), z.unknown()).meta({ description: 'The fields asked for by `extract`' }),
}

/** Formats of one page by name: those that were made. */
export const Formats = z.object(made).partial()
export type Formats = z.infer<typeof Formats>

/** The same as members of an answer: there when asked for, null while there is no page. */
export const formatFields = nullable(made)

function nullable<Shape extends Record<string, z.ZodType>>(shape: Shape) {
  const entries = Object.entries(shape).map(([name, schema]) => [name, schema.nullable().optional()])
  return Object.fromEntries(entries) as { [Name in keyof Shape]: z.ZodOptional<z.ZodNullable<Shape[Name]>> }
}

/** Which formats of a page are wanted, and of which part of it. */
export const formatOptions = {
  formats: z
    .array(
      z.enum(formatNames, {
        error: ({ input }) =>
          `knows no ${JSON.stringify(input)?.slice(0, 50)}; takes ${formatNames.join(', ')}`,
      }),
      `must be a list of ${formatNames.join(', ')}`,
    )
    .min(1, 'must name a format')
    .max(formatNames.length, `must not name more than ${formatNames.length} formats`)
    .meta({
      description:
        'What is wanted of the page, each as a member of the answer; title and html by default, title always',
      examples: [['markdown', 'links']],
    }),
  main: z.boolean('must be true or false').meta({
    description:
      'Whether markdown, text and content are of the main content alone, or of the whole page; true, but where `select` says what is wanted',
  }),
  select: Selector.meta({
    description: 'A CSS selector: formats are made of the elements that it selects, and nothing else',
    examples: ['article, .comments'],
  }),
  remove: Selector.meta({
    description: 'A CSS selector: the elements that it selects are left out',
    examples: ['.advertisement'],
  }),
  extract: FieldMap,
}

export const FormatOptions = z.strictObject(formatOptions).partial()
export type FormatOptions = z.infer<typeof FormatOptions>

/** The members of an answer that were asked for, beside the title. */
export function membersOf({
  formats = [...defaultFormats],
  extract,
}: FormatOptions): (keyof Formats | 'html')[] {
  const named = formats.filter((name) => name !== 'title')
  return [...new Set([...named, ...(extract === undefined ? [] : (['extract'] as const))])]
}

/**
 * Formats of a page as they are given out: one in the place of another has no main content. What such a page says is there
 * as HTML, and where all of it was asked for.
 */
export function ownFormats(
  formats: Formats | null | undefined,
  { main, select }: FormatOptions,
  flags: readonly PageFlag[],
): Formats {
  const wantsMain = main ?? select === undefined
  return { ...formats, ...(isContent(flags) || !wantsMain ? {} : { markdown: '', text: '', content: '' }) }
}

/** The formats that have to be made for a request; of most there are none. */
export function toMake(options: FormatOptions): (keyof Formats)[] {
  return membersOf(options).filter((name) => name !== 'html')
}

/** What of the formats that were made for one request serves another one for the same page; null for nothing. */
export function reusableFormats(
  formats: Formats | null | undefined,
  madeFor: FormatOptions,
  wanted: FormatOptions,
): Formats | null {
  const differs = (...names: (keyof FormatOptions)[]) =>
    names.some((name) => JSON.stringify(madeFor[name]) !== JSON.stringify(wanted[name]))
  if (!formats || differs('main', 'select', 'remove')) return null
  const { extract: _, ...others } = formats
  return differs('extract') ? others : formats
}
