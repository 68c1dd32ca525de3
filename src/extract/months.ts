/**
 * The names of the months, January first: the forms that dates are written with, full and short. Where a language has no
 * name of its own (`-`), that of one above it serves.
 */
const years: [language: string, months: string][] = [
  [
    'English',
    'january jan | february feb | march mar | april apr | may | june jun | july jul | august aug | september sep sept | october oct | november nov | december dec',
  ],
  [
    'German, Austrian',
    'januar jänner jän | februar feber | märz maerz mär mrz | - | mai | juni | juli | - | - | oktober okt | - | dezember dez',
  ],
  [
    'French',
    'janvier janv | février fevrier févr fév fevr | mars | avril avr | - | juin | juillet juil | août aout | septembre | octobre | novembre | décembre decembre déc',
  ],
  [
    'Spanish',
    'enero ene | febrero | marzo | abril abr | mayo | junio | julio | agosto ago | septiembre setiembre | octubre | noviembre | diciembre dic',
  ],
  [
    'Italian',
    'gennaio gen | febbraio | - | aprile | maggio mag | giugno giu | luglio lug | - | settembre set | ottobre ott | - | dicembre',
  ],
  [
    'Portuguese',
    'janeiro | fevereiro fev | março marco | - | maio | junho | julho | - | setembro | outubro out | novembro | dezembro',
  ],
  ['Dutch', 'januari | februari | maart mrt | - | mei | - | - | augustus | - | - | - | -'],
  [
    'Polish',
    'stycznia styczeń | lutego luty | marca marzec | kwietnia kwiecień kwi | maja maj | czerwca czerwiec cze | lipca lipiec lip | sierpnia sierpień sie | września wrzesień wrz | października październik paź | listopada | grudnia grudzień gru',
  ],
  [
    'Russian',
    'января январь янв | февраля февраль фев | марта март мар | апреля апрель апр | мая май | июня июнь июн | июля июль июл | августа август авг | сентября сентябрь сен сент | октября октябрь окт | ноября ноябрь ноя нояб | декабря декабрь дек',
  ],
  [
    'Ukrainian',
    'січня | лютого | березня | квітня | травня | червня | липня | серпня | вересня | жовтня | листопада | грудня',
  ],
  [
    'Czech',
    'ledna leden | února únor | března březen | dubna duben | května květen | června červen | července červenec | srpna srpen | září | října říjen | listopadu | prosince prosinec',
  ],
  [
    'Slovak',
    'januára január | februára február | marca | apríla apríl | mája máj | júna jún | júla júl | augusta | septembra | októbra október | novembra | decembra',
  ],
  [
    'Turkish',
    'ocak | şubat | mart | nisan | mayıs | haziran | temmuz | ağustos | eylül | ekim | kasım | aralık',
  ],
  ['Swedish, Danish, Norwegian', '- | - | - | - | maj | - | - | augusti | - | - | - | desember'],
  [
    'Finnish',
    'tammikuuta tammikuu | helmikuuta helmikuu | maaliskuuta maaliskuu | huhtikuuta huhtikuu | toukokuuta toukokuu | kesäkuuta kesäkuu | heinäkuuta heinäkuu | elokuuta elokuu | syyskuuta syyskuu | lokakuuta lokakuu | marraskuuta marraskuu | joulukuuta joulukuu',
  ],
  [
    'Hungarian',
    'január | február | március márc | április ápr | május máj | június jún | július júl | augusztus | szeptember szept | október | - | -',
  ],
  [
    'Romanian',
    'ianuarie ian | februarie | martie | aprilie | - | iunie iun | iulie iul | - | septembrie | octombrie | noiembrie noi | decembrie',
  ],
  [
    'Greek',
    'ιανουαρίου | φεβρουαρίου | μαρτίου | απριλίου | μαΐου μαίου | ιουνίου | ιουλίου | αυγούστου | σεπτεμβρίου | οκτωβρίου | νοεμβρίου | δεκεμβρίου',
  ],
  [
    'Indonesian, Malay',
    '- | - | maret mac | - | - | - | julai | agustus ogos | - | - | - | desember disember',
  ],
  [
    'Catalan',
    'gener | febrer | març | - | maig | juny | juliol | agost | setembre | octubre | novembre | desembre',
  ],
  [
    'Arabic',
    'يناير | فبراير | مارس | أبريل ابريل | مايو | يونيو | يوليو | أغسطس اغسطس | سبتمبر | أكتوبر اكتوبر | نوفمبر | ديسمبر',
  ],
]

/** The number of each month, 1 to 12, by its names in lower case. */
export const months: ReadonlyMap<string, number> = new Map(
  years.flatMap(([, year]) =>
    year.split(' | ').flatMap((forms, at) => forms.split(' ').map((form) => [form, at + 1] as const)),
  ),
)
