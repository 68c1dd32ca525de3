import { isText } from 'domhandler'
import { drop, eachBelow, type Part, type Parts } from './parts.ts'
import { shortTextOf } from './walk.ts'
import { setOf } from './words.ts'

/** How a card begins to say since when its writer is there, and what it says beside it of how much they wrote. */
const came =
  /^\s*(?:join(?:ed|\s+date)|registered|member since|registriert|mitglied seit|dabei seit|beigetreten|inscrit|inscription|registrado|fecha de ingreso|iscritto|data registrazione|lid sinds|geregistreerd|dołączył|rejestracja|зарегистрирован|регистрация)/i
const wrote =
  /(?:\d\s+(?:posts|messages)|Posts|Messages|Beiträge|Nachrichten|Mensajes|Mensagens|Messaggi|Berichten|Posty|Сообщени[йя])(?=$|[\s\d:])/

/** How a note of a change begins. */
const edited =
  /^\s*(?:«\s*)?(?:last edit(?:ed by|:)|zuletzt (?:geändert|bearbeitet) von|dernière (?:modification|édition) par|última edición por|editado pela última vez por|ultima modifica(?: di|:)|laatst (?:gewijzigd|bewerkt) door|ostatnio (?:edytowan|zmienian)|последний раз редактировалось)/i

/** Characters up to which a part is a card or a note and no more. */
const MOST_TEXT = 150

/** How many parts around a label may be looked at. */
const MOST_STEPS = 4

/**
 * Drops what texts alone tell to be around posts, as in pages made of tables, where little is named: who wrote them, since
 * when and how much, and when they were last changed.
 */
export function dropCards(parts: Parts, body: Part): void {
  eachBelow(parts, body, (part) => {
    if (part.own.text === 0 || part.text > MOST_TEXT) return
    const own = part.element.children.find((node) => isText(node) && node.data.trim() !== '')
    if (!own || !isText(own)) return
    const wanted = came.test(own.data) ? wrote : edited.test(own.data) ? edited : undefined
    const whole = wanted && partWith(part, wanted)
    if (whole) drop(parts, whole, true)
  })
}

const inlineNames = setOf('a b em font i small span strong')

/** The smallest part from one up that is laid out for itself and says something; it holds no heading, and not much more. */
function partWith(from: Part, wanted: RegExp): Part | undefined {
  let part: Part | null = from
  for (let step = 0; part && step < MOST_STEPS; step += 1) {
    if (part.text > MOST_TEXT || part.headings > 0) return undefined
    if (!inlineNames.has(part.element.name) && wanted.test(shortTextOf(part.element))) return part
    part = part.parent
  }
  return undefined
}
