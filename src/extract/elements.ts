import { setOf } from './words.ts'
// Elements as the tree construction of the HTML Standard sorts them (13.1.2, 13.2.4.2, 13.2.6).

/** Start tags without an end. */
export const voidElements = setOf(
  'area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr',
)

/** Start tags that end an open paragraph. */
export const closesParagraph = setOf(
  'address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer header hgroup ' +
    'main menu nav ol p search section summary ul h1 h2 h3 h4 h5 h6 pre listing form li dd dt plaintext table hr xmp',
)

/** Start tags that end SVG and MathML, whether or not those were closed (13.2.6.5). */
export const breakOut = setOf(
  'b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta ' +
    'nobr ol p pre ruby s small span strong strike sub sup table tt u ul var',
)

/** Elements whose misnested end tags move what stands in the way instead of closing it. */
export const formatting = setOf('a b big code em font i nobr s small strike strong tt u')

/** Elements that an end tag of another, ordinary one does not close. */
export const special = setOf(
  'address applet area article aside base basefont bgsound blockquote body br button caption center col colgroup dd ' +
    'details dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header ' +
    'hgroup hr html iframe img input keygen li link listing main marquee menu meta nav noembed noframes noscript object ' +
    'ol p param plaintext pre script search section select source style summary table tbody td template textarea tfoot ' +
    'th thead title tr track ul wbr xmp',
)

/** Where the search for what an end tag closes stops ("has an element in scope"). */
export const scopeEnds = setOf('applet caption html table td th marquee object template')

/** What stands in a head; anything else begins the body. */
export const headElements = setOf(
  'base basefont bgsound link meta noframes noscript script style template title',
)

export const headings = setOf('h1 h2 h3 h4 h5 h6')

/** Rows and groups of rows, into which nothing but cells may go: the rest is moved before the table. */
export const tableInnards = setOf('table tbody thead tfoot tr')

export const rowGroups = setOf('tbody thead tfoot')

/** Parts of a table; without a table around them their tags are ignored. */
export const tableParts = setOf('caption col colgroup tbody td tfoot th thead tr')

/** SVG and MathML elements within which HTML stands. */
export const integrationPoints = setOf('foreignobject desc title mi mo mn ms mtext annotation-xml')
