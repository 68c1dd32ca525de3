import { z } from 'zod'

const text = (description: string) => z.string().nullable().meta({ description })
const address = (description: string) => z.string().nullable().meta({ format: 'uri', description })
const moment = (description: string) =>
  z
    .string()
    .nullable()
    .meta({ description, examples: ['2026-05-17T10:00:00+02:00', '2026-05-17'] })
/** Where a value was found: a meta element's name, `title`, `json_ld`, `h1`, `url` and the like. */
const source = z.string().nullable().meta({ description: 'Where it was found; null where it was not' })
const vocabulary = (description: string) =>
  z.record(z.string(), z.union([z.string(), z.array(z.string())])).meta({ description })

/**
 * What a page says of itself. What it does not say is null. Texts are plain, in one line and bounded; URLs absolute and of
 * http or https.
 */
export const Metadata = z
  .object({
    title: text('As a browser shows it, else what the page calls itself elsewhere'),
    title_source: source,
    headline: text("The title without the site's name"),
    headline_source: source,
    description: text('A summary in the words of the page'),
    description_source: source,
    canonical: address('The address that the page gives as its own'),
    canonical_source: source,
    language: text('BCP 47, as the page says it'),
    language_source: source,
    author: text('Who wrote it; several names in one text'),
    author_source: source,
    published: moment(
      'When it first appeared (ISO 8601); a date alone where no time is known, without a zone where none is',
    ),
    published_source: source,
    modified: moment('When it was last changed (ISO 8601)'),
    modified_source: source,
    site_name: text('What the site calls itself'),
    site_name_source: source,
    type: text('What the page calls its kind: an OpenGraph type, or a type of schema.org'),
    type_source: source,
    image: address('The picture that stands for the page'),
    image_source: source,
    favicon: address("The site's icon"),
    favicon_source: source,
    keywords: z.array(z.string()).meta({ description: 'In the order given, each once' }),
    keywords_source: source,
    licence: text('Its address where it has one, else its name'),
    licence_source: source,
    open_graph: vocabulary('OpenGraph properties, without their `og:`; those given more than once as a list'),
    twitter: vocabulary('Properties of Twitter cards, without their `twitter:`'),
    dublin_core: vocabulary('Dublin Core elements and terms, without their prefix, in lower case'),
    json_ld: z.array(z.record(z.string(), z.unknown())).meta({
      description: 'The JSON-LD objects of the page, in their order; what is beyond all measure is left out',
    }),
  })
  .meta({ id: 'Metadata' })
export type Metadata = z.infer<typeof Metadata>
