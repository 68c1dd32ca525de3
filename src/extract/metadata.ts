import type { Document } from 'domhandler'
import type { Metadata } from '../contract/metadata.ts'
import { authorCandidates } from './author.ts'
import { type Card, readCard, type Said } from './card.ts'
import { type Candidate, heaviest } from './choice.ts'
import { type Facts, readFacts } from './facts.ts'
import { headlineCandidates } from './headline.ts'
import { textOf } from './jsonld.ts'
import { vocabularyOf } from './meta.ts'
import { lastModified } from './modified.ts'
import { dateCandidates } from './published.ts'
import { kindOf } from './thing.ts'
import { parseStart } from './tree.ts'
import { authorWeights, dateWeights, headlineWeights } from './weights.ts'
import { cleanText } from './words.ts'

/**
 * What a page says of itself: in time that grows with the page and no faster. Where several places
 * disagree, that is taken which labelled pages show to be right more often (see weights.ts).
 * @param html as it was decoded
 * @param url the final one, against which others are resolved
 * @param now nothing was published later
 * @param tree the page's, where there is one already; it is not changed
 */
export function readMetadata(
  html: string,
  url: string,
  now: Date = new Date(),
  tree: Document = parseStart(html),
): Metadata {
  const facts = readFacts(html, tree, URL.parse(url) ?? new URL('about:blank'), now)
  const headline = heaviest(headlineCandidates(facts), headlineWeights)
  const author = heaviest(authorCandidates(facts, headline), authorWeights)
  const published = heaviest(dateCandidates(facts, headline?.line), dateWeights)
  const card = readCard(facts)
  return {
    ...pair('title', titleOfPage(facts)),
    ...pair('headline', said(headline)),
    ...cardFields(card),
    ...pair('author', said(author)),
    ...pair('published', said(published)),
    ...pair('modified', lastModified(facts, published?.text ?? '')),
    open_graph: vocabularyOf(facts.meta, ['og:'], /^(?:article|book|fb|music|product|profile|video):/),
    twitter: vocabularyOf(facts.meta, ['twitter:']),
    dublin_core: vocabularyOf(facts.meta, ['dc.', 'dcterms.', 'dc:', 'dcterms:']),
    json_ld: facts.jsonLd,
  }
}

type Pair<Name extends string> = { [Key in Name | `${Name}_source`]: string | null }

/** A value and where it came from, as two members. */
function pair<Name extends string>(name: Name, value: Said | undefined): Pair<Name> {
  return { [name]: value?.text ?? null, [`${name}_source`]: value?.source ?? null } as Pair<Name>
}

const said = (candidate: Candidate | undefined): Said | undefined =>
  candidate && candidate.text !== '' ? { text: candidate.text, source: candidate.source } : undefined

function cardFields({ keywords, ...card }: Card) {
  return {
    ...pair('description', card.description),
    ...pair('canonical', card.canonical),
    ...pair('language', card.language),
    ...pair('site_name', card.siteName),
    ...pair('type', card.type),
    ...pair('image', card.image),
    ...pair('favicon', card.favicon),
    ...pair('licence', card.licence),
    keywords: keywords?.texts ?? [],
    keywords_source: keywords?.source ?? null,
  }
}

function titleOfPage({ title, meta, things, scan }: Facts): Said | undefined {
  const article = things.find(({ types }) => kindOf(types) === 'article')?.node
  const heading = scan.marks.find(({ name, text }) => name === 'h1' && text !== '')
  const titles: Said[] = [
    { text: title, source: 'title' },
    { text: meta.first('og:title'), source: 'og:title' },
    { text: meta.first('twitter:title'), source: 'twitter:title' },
    { text: textOf(article?.headline) || textOf(article?.name), source: 'json_ld' },
    { text: cleanText(heading?.text ?? ''), source: 'h1' },
  ]
  return titles.find(({ text }) => text !== '')
}
