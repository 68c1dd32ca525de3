import { z } from 'zod'

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
