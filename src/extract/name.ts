import { setOf, wordsOf } from './words.ts'

/** Words that lead to a name in a byline, in the languages that bylines were seen in. */
const leading = setOf(
  'by von vom par por door di da av af przez od de of ' +
    'written posted published created submitted started asked story words text texte texto tekst testo article recipe ' +
    'bericht beitrag artikel ein eine geschrieben verfasst erstellt veröffentlicht publié écrit rédigé escrito publicado ' +
    'scritto pubblicato geschreven gepost geplaatst skrevet skriven napisał interview review author authors autor autorin ' +
    'autoren autore autora autores autori auteur auteure auteurs verfasser verfasserin redakteur redakteurin redaktion ' +
    'name from contributor reporter journalist writer thread starter автор текст yazar yazan hazırlayan in profile ' +
    'posting aufgenommen eingestellt gepostet contributed reviewed edited medically fact checked dal dalla del',
)
/** Those that alone, without a colon, may begin a name as well. */
const doubtful = setOf(
  'de of in da di del od redaktion name text review interview recipe profile story words eine ein af',
)
/** Words that no longer belong to a name. */
const ending = setOf(
  'on am at in updated published posted vom le el il para für for und and um wrote says said schreibt schrieb aktualisiert ' +
    'last date datum follow folgen share see view read lesen more mehr minutes min kommentare comments comment zuletzt ' +
    'reading veröffentlicht erstellt reviewed',
)

/** A name without what stands around it in a byline; '' if nothing is left that could be one. */
export function cleanName(text: string): string {
  const pieces = text
    .slice(0, 200)
    .split(/\s+/)
    .filter((piece) => !isAddress(piece))
  const name = trimMarks(untilBreak(afterLead(pieces.join(' '))))
  const words = wordsOf(name)
  const isOne = name.length >= 2 && name.length <= 80 && words.length >= 1 && words.length <= 9
  return isOne &&
    !/^[\d\s.,:/-]+$|[{}<>=]|\/\/|^www\./.test(name) &&
    words.some((word) => !leading.has(word) && !ending.has(word))
    ? name
    : ''
}

const isAddress = (piece: string): boolean =>
  (piece.indexOf('@') > 0 && piece.includes('.')) || /^https?:/i.test(piece)

/** Steps over "By", "Text:", "Posted by" and the like. */
function afterLead(text: string): string {
  let rest = afterMarks(text)
  for (let turn = 0; turn < 5; turn += 1) {
    const match = /^(\p{L}+)((?:\s?[/*:]\s?in(?:nen)?|\(s\)|\/s)?\s*(?:[:/|]|\s)[\s:]{0,3})/iu.exec(rest)
    const [whole = '', word = '', mark = ''] = match ?? []
    const next = afterMarks(rest.slice(whole.length))
    const isSure = turn > 0 || !doubtful.has(word.toLowerCase()) || mark.includes(':') || leads(next)
    if (!leads(word) || !isSure) break
    rest = next
  }
  return rest
}

/** Whether a text begins with a word that leads to a name. */
const leads = (text: string): boolean => leading.has(/^\p{L}+/u.exec(text)?.[0].toLowerCase() ?? '')

const afterMarks = (text: string): string => text.replace(/^[^\p{L}\p{N}@[(]+/u, '')

/** What stands before a mark, a date or a word that ends names. */
function untilBreak(text: string): string {
  const cut = text.split(/\s+[-–—|•·»>/]\s|[|•·»(]/, 1)[0] ?? ''
  const words = cut.split(' ')
  const end = words.findIndex(
    (word, at) =>
      at > 0 && (ending.has(word.toLowerCase()) ? isFollowedByOther(words, at) : isDateLike(words, at)),
  )
  return end === -1 ? cut : words.slice(0, end).join(' ')
}

/** "and", "für" and "in" may stand between two names or in the name of a house. */
function isFollowedByOther(words: readonly string[], at: number): boolean {
  const word = words[at]?.toLowerCase()
  const next = words[at + 1] ?? ''
  return word === 'and' || word === 'und' || word === 'for' || word === 'für' ? !/^\p{Lu}/u.test(next) : true
}

function isDateLike(words: readonly string[], at: number): boolean {
  return /^\(?\d{1,2}(?:[.:/,-]|$)|^(?:19|20)\d\d/.test(words[at] ?? '')
}

const trimMarks = (name: string): string =>
  name.replace(/^[\s"'“”„‚‘’[\]{}<>*_,.;:|/-]+/, '').replace(/[\s"'“”„‚‘[\]{}<>*_,;:|/–-]{1,20}$/, '')
