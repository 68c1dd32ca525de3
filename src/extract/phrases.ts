/** How headings of what follows an article begin, in lower case: related pages, comments, authors, newsletters, sharing. */
const starts = `
  similar threads*|similar topics*|similar discussions*|similar questions*|related|you may also|you might also|you may like|recommended|recommendations|more from|more on|more in
  |more stories|more news|more about|more articles|more posts|more like this|more to explore|more to read|read more
  |read next|read also|also read|also see|see more|keep reading|continue reading|up next|next up
  |latest news|latest posts|latest articles|latest stories|the latest|recent posts|recent articles|recent news|recent stories
  |recent comments|trending|popular|most read|most viewed|most recent|editors' picks|editor's picks|editor’s picks
  |editors’ picks|top stories|top posts|featured posts|featured articles|other articles|other posts|other news|other stories
  |share this|share on|share:|share article|spread the word|follow us|subscribe|sign up|newsletter
  |get the latest|stay up|stay informed|join our|leave a reply|leave a comment|leave a response|post a comment|post navigation
  |add a comment|add comment|write a comment|comments|comment|responses|no comments|your comment|0 comments
  |1 comment|about the author|about author|about me|about us|written by|author|meet the author|tags
  |tagged|categories|filed under|advertisement|sponsored|partner content|from our partners|contact us|get in touch
  |media contact|press contact|customers also|people also|frequently bought|recently viewed|customer reviews|you recently|who bought
  |photo credit|image credit|credits|mehr zum thema|mehr zu|mehr von|mehr aus|mehr dazu|weitere*
  |weiterlesen|weiterführende*|das könnte|dies könnte|könnte dich|könnte sie|auch interessant|lesen sie auch|lesen sie
  |lies auch|ähnliche*|verwandte*|empfehlungen|empfohlen|empfohlene*|unsere empfehlung|meistgelesen*|meist gelesen
  |die meistgelesenen|am meisten gelesen|beliebt|neueste|aktuelle|letzte|kommentare|kommentar|schreibe einen
  |schreiben sie|ihr kommentar|teilen|artikel teilen|diesen artikel|jetzt teilen|beitrag teilen|über den autor|über die autor
  |über mich|zum autor|autor|schlagwörter|schlagworte|stichworte|kategorien|anzeige|werbung
  |pressekontakt|abonnieren|zum thema|newsletter|bleiben sie|folgen sie|folge uns|vorheriger|nächster
  |mehr lesen|hinterlasse|à lire aussi|a lire aussi|lire aussi|à lire|à voir|voir aussi|sur le même
  |dans la même|articles similaires|articles liés|articles connexes|articles récents|derniers articles|vous aimerez|vous pourriez|cela pourrait
  |en savoir plus|pour aller plus loin|les plus lus|les plus|commentaires|laisser un|laissez un|partager|partagez
  |à propos de|mots-clés|étiquettes|suivez|abonnez|inscrivez|recevez|plus d'articles|autres articles
  |l'auteur|publicité|contact presse|te puede interesar|también te|también le|le puede|lea también|lee también
  |leer también|ver también|vea también|puedes ver|más noticias|más sobre|más en|más de|más leído
  |más leídas|lo más|lo último|últimas noticias|noticias relacionadas|artículos relacionados|relacionad*|temas relacionados|entradas relacionadas
  |comentarios|deja un|deja una|dejar un|comparte|compartir|etiquetas|síguenos|suscríbete
  |sobre el autor|acerca del|recomendad*|te recomendamos|otras noticias|publicidad|veja também|leia também|leia mais
  |leia mais|saiba mais|mais lidas|mais lidos|mais notícias|mais sobre|últimas|notícias relacionadas|artigos relacionados
  |posts relacionados|compartilhe|compartilhar|deixe um|deixe uma|comentários|sobre o autor|siga|assine
  |você pode gostar|você também|relacionad*|recomendad*|tópicos|leggi anche|leggi tutto|potrebbe interessarti|potrebbero interessarti
  |ti potrebbe|articoli correlati|articoli recenti|correlati|altri articoli|altre notizie|i più letti|più letti|ultime notizie
  |commenti|lascia un|condividi|seguici|iscriviti|sull'autore|autore|lees ook|lees meer
  |lees verder|meer over|meer van|gerelateerd*|aanbevolen|reacties|reageer|plaats een reactie|laat een
  |deel dit|volg ons|meest gelezen|laatste nieuws|over de auteur|auteur|czytaj także|czytaj też|czytaj więcej
  |czytaj również|zobacz także|zobacz też|zobacz również|przeczytaj|podobne*|powiązane*|polecane|polecamy
  |komentarze|dodaj komentarz|zostaw|udostępnij|podziel się|najnowsze|najpopularniejsze|najczęściej czytane|o autorze
  |reklama|läs mer|läs också|läs även|relaterat*|relaterade*|mer om|mer från|kommentarer
  |les også|les mer|læs også|læs mere|relaterede*|lue myös|aiheesta|kommentit|jaa
  |читайте также|читать также|по теме|похожие*|смотрите также|ещё по теме|комментарии|оставить|поделиться
  |теги|рекомендуем|популярное|последние новости|новости по теме|об авторе|другие новости|материалы по теме|читайте також
  |схожі|коментарі|дивіться також|ilgili*|benzer*|yorumlar|bunları da|daha fazla*|paylaş
  |etiketler|související|čtěte také|komentáře|sdílet|kapcsolódó|hozzászólások|citește și|articole similare
  |comentarii|distribuie|関連*|おすすめ*|人気*|最新|コメント|シェア|この記事*
  |あわせて読みたい|相关*|推荐*|热门*|最新文章|评论|分享|相關*|推薦*
  |熱門*|評論|관련*|추천*|댓글|인기*|مقالات ذات|اقرأ أيضا|اقرأ أيضًا
  |شاهد أيضا|مواضيع|تعليقات|ذات صلة|التعليقات|اخبار|σχετικά|διαβάστε|σχόλια
  |đọc thêm|bài viết liên quan|tin liên quan|xem thêm|bình luận|baca juga|artikel terkait|terkait*|komentar
  |berita`

const phrases = readPhrases()

/** By their first two letters. One word alone has to be the whole heading, unless it is marked with a star. */
function readPhrases(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const phrase of starts.split('|').map((one) => one.trim())) {
    const key = phrase.slice(0, 2)
    const others = found.get(key)
    if (others) others.push(phrase)
    else found.set(key, [phrase])
  }
  return found
}

/** Whether a heading is one of those that stand around content everywhere. */
export function isAroundHeading(heading: string): boolean {
  const text = heading.trim().replaceAll(/\s+/g, ' ').toLowerCase()
  if (text.length < 2 || text.length > 60) return false
  return phrases.get(text.slice(0, 2))?.some((phrase) => isBegunBy(text, phrase)) ?? false
}

function isBegunBy(text: string, phrase: string): boolean {
  if (phrase.endsWith('*')) return text.startsWith(phrase.slice(0, -1))
  if (phrase.includes(' ')) return text.startsWith(phrase)
  return text.startsWith(phrase) && /^[:.!?…：]*$/.test(text.slice(phrase.length))
}

const requirements =
  /^(?:recommended|empfohlen|recomendad[oa]s?|aanbevolen|polecane|рекомендуем\p{L}*|推荐(?:配置)?|推薦)\s*[:：]$/iu

/**
 * Whether a heading may stand beside "Minimum:", over what a program or a device runs best with. As a heading over other
 * pages it reads the same, but for their links.
 */
export const isOfRequirements = (heading: string): boolean => requirements.test(heading.trim())
