import { lowerWords, type PageFacts } from './about.ts'
import type { Outline } from './layout.ts'
import { flagNames, log, type Setting, share, sumOf } from './setting.ts'
import { meaningNames } from './vocabulary.ts'
import { levelOf } from './walk.ts'

/** Words of addresses, by what pages at such addresses tend to be. */
const addressWords = {
  thread:
    'forum forums thread threads topic topics viewtopic showthread community discussion discussions discuss questions question board boards t comments answers',
  product: 'product products p dp item itm shop store pd buy produkt artikel prod',
  documentation:
    'docs doc documentation guide guides api reference manual learn help developer developers support wiki tutorial tutorials kb handbook',
  listing:
    'category categories c collections collection search tag tags browse list lists best top directory archive archives catalog events jobs index resources',
  article:
    'blog blogs news article articles story stories post posts magazine press opinion 2019 2020 2021 2022 2023 2024 2025',
  service:
    'services service solutions solution about pricing features platform product-tour company consulting software enterprise industries use-cases contact',
}

const schemaGroups = {
  article: 'article newsarticle blogposting report reportagenewsarticle liveblogposting',
  thread: 'discussionforumposting qapage question answer',
  product: 'product productgroup individualproduct vehicle book',
  offer: 'offer aggregateoffer aggregaterating',
  listing: 'itemlist collectionpage searchresultspage offercatalog listitem',
  documentation: 'techarticle apireference howto',
  service: 'service localbusiness softwareapplication professionalservice',
  faq: 'faqpage',
  site: 'website organization',
  page: 'webpage',
  breadcrumb: 'breadcrumblist',
}

/** Words that tell a page's kind when they stand on it often. */
const tellingWords =
  'reply replies quote joined posted posts cart price sale sort filter results stock reviews api example function return install customers contact pricing demo solutions team read minutes shop products'.split(
    ' ',
  )

type Trait = [name: string, value: (page: Profiled) => number]

interface Profiled {
  setting: Setting
  outline: Outline
  facts: PageFacts
  words: number
  address: ReadonlySet<string>
  counts: ReadonlyMap<string, number>
  flagWords: Float64Array
  meaningWords: Float64Array
  largest: { count: number; words: number; links: number; images: number }
  most: { count: number; words: number; links: number; images: number }
  headings: number
  priced: number
  currencies: number
}

const traits: Trait[] = [
  ['words', ({ words }) => log(words)],
  ['blocks', ({ outline }) => log(outline.blocks.length)],
  ['words a block', ({ words, outline }) => log(share(words, outline.blocks.length))],
  ['link share', (page) => share(sumOf(page.setting, 'linkWords', whole(page)), page.words)],
  ['prose share', (page) => share(sumOf(page.setting, 'proseWords', whole(page)), page.words)],
  ['prose', (page) => log(sumOf(page.setting, 'proseWords', whole(page)))],
  ['number share', (page) => share(sumOf(page.setting, 'numbers', whole(page)), page.words)],
  ['images', ({ outline }) => log(outline.boxes[0]?.images ?? 0)],
  ['fields', ({ outline }) => log(outline.boxes[0]?.fields ?? 0)],
  ['headings', ({ headings }) => log(headings)],
  ['priced', ({ priced }) => log(priced)],
  ['currencies', ({ currencies, words }) => share(currencies, words)],
  ...(['largest', 'most'] as const).flatMap((name): Trait[] => [
    [`${name} count`, (page) => log(page[name].count)],
    [`${name} mean words`, (page) => log(share(page[name].words, page[name].count))],
    [`${name} page share`, (page) => share(page[name].words, page.words)],
    [`${name} link share`, (page) => share(page[name].links, page[name].words)],
  ]),
  ...flagNames.map(
    (name, bit): Trait => [`in ${name}`, (page) => share(page.flagWords[bit] as number, page.words)],
  ),
  ...meaningNames.map(
    (name, bit): Trait => [`within ${name}`, (page) => share(page.meaningWords[bit] as number, page.words)],
  ),
  ...Object.entries(addressWords).map(([name, words]): Trait => {
    const list = words.split(' ')
    return [`address ${name}`, ({ address }) => list.filter((word) => address.has(word)).length]
  }),
  ...Object.entries(schemaGroups).map(([name, words]): Trait => {
    const list = words.split(' ')
    return [`schema ${name}`, ({ facts: { schemas } }) => (list.some((word) => schemas.has(word)) ? 1 : 0)]
  }),
  ['schemas', ({ facts }) => facts.schemas.size],
  ['typed article', ({ facts }) => (facts.type.includes('article') ? 1 : 0)],
  ['typed product', ({ facts }) => (facts.type.includes('product') ? 1 : 0)],
  ['typed website', ({ facts }) => (facts.type.includes('website') ? 1 : 0)],
  ['description', ({ facts }) => facts.description.length],
  ['title words', ({ facts }) => facts.title.size],
  ['path depth', ({ facts: { url } }) => (url?.pathname ?? '').split('/').filter(Boolean).length],
  ['path length', ({ facts: { url } }) => (url?.pathname ?? '').length],
  [
    'path words',
    ({ facts: { url } }) => ((url?.pathname ?? '').split('/').filter(Boolean).at(-1) ?? '').split('-').length,
  ],
  ['path digits', ({ facts: { url } }) => (url?.pathname ?? '').replaceAll(/\D+/g, '').length],
  ['query', ({ facts: { url } }) => (url?.search ?? '').length],
  ...tellingWords.map((word): Trait => [`says ${word}`, ({ counts }) => log(counts.get(word) ?? 0)]),
]

export const profileNames: readonly string[] = traits.map(([name]) => name)

/** What tells a page's kind, as numbers; their names are `profileNames`. */
export function profileOf(setting: Setting, facts: PageFacts): Float32Array {
  const page = createProfiled(setting, facts)
  return Float32Array.from(traits, ([, value]) => value(page))
}

const whole = ({ outline }: { outline: Outline }) => ({ first: 0, end: outline.blocks.length })

function createProfiled(setting: Setting, facts: PageFacts): Profiled {
  const { outline } = setting
  const { blocks } = outline
  const groups = largestGroups(setting)
  return {
    setting,
    outline,
    facts,
    words: setting.sums.words.at(-1) as number,
    address: new Set(lowerWords(`${facts.url?.hostname.split('.')[0] ?? ''} ${facts.url?.pathname ?? ''}`)),
    counts: countTelling(setting),
    flagWords: wordsByBit(setting, setting.flags, flagNames.length),
    meaningWords: wordsByBit(setting, setting.meanings, meaningNames.length),
    ...groups,
    headings: outline.boxes.filter(({ element }) => levelOf(element) > 0).length,
    priced: blocks.filter(({ measure }) => measure.currencies > 0 && measure.numbers > 0).length,
    currencies: blocks.reduce((sum, { measure }) => sum + measure.currencies, 0),
  }
}

const telling: ReadonlySet<string> = new Set(tellingWords)

function countTelling({ openings }: Setting): Map<string, number> {
  const counts = new Map<string, number>()
  for (const words of openings)
    for (const word of words) if (telling.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

function wordsByBit({ outline }: Setting, masks: Int32Array, count: number): Float64Array {
  const sums = new Float64Array(count)
  for (const { box, measure } of outline.blocks)
    for (let bit = 0; bit < count; bit += 1)
      if (((masks[box] as number) >>> bit) & 1) sums[bit] = (sums[bit] as number) + measure.words
  return sums
}

const nothing = { count: 0, words: 0, links: 0, images: 0 }

/** Of the things that are repeated on a page, those with the most words and those there are most of. */
function largestGroups({
  alike,
  alikeWords,
  alikeLinks,
  outline,
}: Setting): Pick<Profiled, 'largest' | 'most'> {
  let [largest, most] = [nothing, nothing]
  outline.boxes.forEach(({ images }, at) => {
    const [count, words] = [alike[at] as number, alikeWords[at] as number]
    if (count < 3 || (words <= largest.words && count <= most.count)) return
    const group = { count, words, links: alikeLinks[at] as number, images }
    if (words > largest.words) largest = group
    if (count > most.count) most = group
  })
  return { largest, most }
}
