// What gives away a page that stands in another's place. Texts are in lower case, spaces and apostrophes plain; titles and
// headings without any other punctuation.

/** Code that stands in a vendor's challenge or block page, and not in the pages that the vendor guards. */
export const challengeCode = anyOf(`
  _cf_chl_opt | cf-browser-verification | cf-error-details | captcha-delivery.com/c.js |
  geo.captcha-delivery.com | captcha-delivery.com/captcha/ | incapsula incident id |
  id="main-iframe" src="/_incapsula_resource | px-captcha | captcha.px-cdn.net | sec-if-cpt-container |
  /_sec/cp_challenge/ | triggerinterstitialchallenge | window.gokuprops | window.awswafcookiedomainlist |
  sucuri_cloudproxy_js | kpsdk.now= | window.kpsdk={} | id="anubis_challenge" | /.well-known/sgcaptcha/ |
  /.lsrecap/recaptcha | imunify360-captcha | validate.perfdrive.com | check.ddos-guard.net/ |
  __qrator/qauth | your support id is: | window.rbzns | _waf_bypass | aliyun_waf_ | acw_sc__v2 |
  _____tmd_____/punish | sufei-punish | action="/errors/validatecaptcha" |
  id="captcha-form" action="index" | /checkcaptcha?key= | vercel.link/security-checkpoint | slowaes |
  document.cookie="__test="+tohex( | data-fastly-challenge | /_fs-ch-`)

/** Widgets that tell people from machines. A page may well have one beside its content. */
export const captchaCode = anyOf(`
  g-recaptcha | recaptcha/api.js | recaptcha/enterprise.js | hcaptcha.com/1/api.js |
  challenges.cloudflare.com/turnstile | initgeetest | tcaptcha | turing.captcha | smartcaptcha |
  funcaptcha | arkoselabs.com | friendlycaptcha | altcha-widget`)

/** Whole titles, or whole parts of one, of pages that check or refuse. */
export const challengeTitles: ReadonlySet<string> = new Set(
  list(`
  just a moment | nur einen moment | einen moment | un instant | un momento | um momento | ci siamo quasi |
  een ogenblik | even geduld | cierpliwości | chwileczkę | один момент | секундочку | bir dakika lütfen |
  okamžik | ett ögonblick | vänta | et øjeblik | vent litt | hetki | egy pillanat | doar un moment |
  tunggu sebentar | chờ một chút | لحظة | しばらくお待ちください | 잠시만 기다리십시오 | 请稍候 | 請稍候 | attention required |
  one moment please | access denied | access to this page has been denied |
  access to this site has been denied | zugriff verweigert | accès refusé | acceso denegado |
  accesso negato | acesso negado | доступ ограничен | доступ запрещен | pardon our interruption |
  checking your browser | checking your browser before accessing | verifying your connection |
  verify your identity | verifying you are human | verify you are human | are you a robot | are you human |
  are you a human | robot or human | robot check | robot challenge screen | bot verification | bot check |
  human verification | human check | security check | security check required | security checkpoint |
  security verification | sicherheitsüberprüfung | sicherheitsabfrage | vérification de sécurité |
  comprobación de seguridad | verificación de seguridad | verifica di sicurezza | verificação de segurança |
  проверка безопасности | проверка браузера | вы не робот | ой | ddos protection | ddos guard |
  please verify you are a human | captcha | captcha interception | captcha challenge | request blocked |
  request rejected | request unsuccessful | you have been blocked | blocked | client challenge |
  browser check | making sure you're not a bot | unusual activity detected | bot protection | 安全验证 | 安全检查 |
  人机验证 | 验证码 | 滑动验证页面 | アクセスが拒否されました | 보안 확인`),
)

/** What such pages say, where they say little else. */
export const challengePhrases = anyOf(`
  verify you are human | verify you are a human | verify that you're not a robot |
  verify that you are not a robot | verify you are not a robot | confirm you are human |
  confirm that you are human | confirm you are not a robot | prove you are human |
  prove you're not a robot | we need to make sure you're not a robot | make sure you're not a robot |
  i'm not a robot | are you a robot | are you a human | enable javascript and cookies to continue |
  enable cookies and javascript to continue | checking your browser before |
  checking if the site connection is secure | needs to review the security of your connection |
  your request is being verified | unusual traffic from your | unusual activity from your |
  detected unusual activity | suspicious activity from your | automated requests from your |
  think you are a bot | think you might be a robot | you might be a bot | blocked by network security |
  you have been blocked | your access to this site has been limited | you don't have permission to access |
  the requested url was rejected | performing security verification | bestätigen sie, dass sie ein mensch |
  dass sie kein roboter sind | sind sie ein roboter | ungewöhnlichen datenverkehr |
  ungewöhnliche aktivität | vérifier que vous êtes humain | vérifiez que vous êtes humain |
  que vous n'êtes pas un robot | un trafic inhabituel | activité inhabituelle | verifica que eres humano |
  que no eres un robot | que no es un robot | tráfico inusual | actividad inusual |
  verifica di essere umano | che non sei un robot | traffico insolito | verifique se você é humano |
  que você não é um robô | tráfego incomum | dat u geen robot bent | dat je geen robot bent |
  że nie jesteś robotem | подтвердите, что вы не робот | вы не робот | что вы человек |
  подозрительный трафик | ви не робот | robot olmadığınızı | insan olduğunuzu doğrulayın | že nejste robot |
  att du inte är en robot | あなたが人間であることを確認 | ロボットではありません | 通常と異なるトラフィック | 사람인지 확인 | 로봇이 아닙니다 | 비정상적인 트래픽 |
  确认您是真人 | 您的访问存在异常 | 访问过于频繁 | 异常流量 | 異常流量 | تحقق من أنك إنسان`)

/** Words of an address to which only those are sent who are to be checked. */
export const challengePaths =
  /\/(?:sorry\/index|showcaptcha\w*|validatecaptcha|captcha|recaptcha|captchapage|bot-?check|robot-?check|challenge|cdn-cgi\/challenge-platform|blocked|splashui\/challenge)(?:[/.?]|$)/

/** Hosts and paths of pages that ask for consent. */
export const consentHosts = /^(?:consent|consents|cookieconsent|privacygate|cmp|myprivacy|privacy-gate)\./
export const consentPaths =
  /\/(?:consent|collectconsent|cookie-?wall|cookie-?consent|privacy-?gate|privacy-?wall|consent-?management|consent-?gate|gdpr-?consent|datenschutz-?abfrage)(?:[/.?]|$)/

/** Whole titles, or whole parts of one, of pages that ask for consent. */
export const consentTitles: ReadonlySet<string> = new Set(
  list(`
  before you continue | bevor sie fortfahren | bevor du fortfährst | avant de continuer |
  avant d'accéder à la recherche | antes de continuar | prima di continuare | voordat je verdergaat |
  voordat u doorgaat | zanim przejdziesz dalej | прежде чем продолжить | innan du fortsätter |
  før du fortsætter | ennen kuin jatkat | než budete pokračovat | mielőtt továbblépne | devam etmeden önce |
  cookie consent | cookie wall | cookies on this site | your privacy choices | your privacy |
  we value your privacy | privacy gate | privacy settings | consent | consent required | einwilligung |
  ihre privatsphäre | ihre zustimmung | datenschutz einstellungen | datenschutzeinstellungen |
  gestion des cookies | paramètres de confidentialité | configuración de privacidad | cookie instellingen |
  cookies toestaan | privacy instellingen`),
)

/** What is to be pressed on them. */
export const consentButtons = anyOf(`
  accept all | accept cookies | accept and continue | i accept | agree and continue | i agree |
  agree to all | allow all | reject all | alle akzeptieren | alles akzeptieren | akzeptieren und weiter |
  alle ablehnen | zustimmen | einwilligen und weiter | tout accepter | accepter et continuer |
  accepter & continuer | tout refuser | aceptar todo | aceptar y continuar | rechazar todo | accetta tutto |
  accetta e continua | rifiuta tutto | aceitar tudo | aceitar e continuar | rejeitar tudo |
  alles accepteren | alles toestaan | akkoord | alles afwijzen | zaakceptuj wszystko | akceptuję |
  принять все | принять всё | godkänn alla | acceptera alla | accepter alle | godta alle | hyväksy kaikki |
  přijmout vše | souhlasím | az összes elfogadása | acceptă tot | tümünü kabul et | すべて同意 | すべて受け入れる |
  모두 동의 | 全部接受`)

/** Last parts of an address where one logs in. */
export const loginPaths =
  /\/(?:login|log-?in|log_in|signin|sign-?in|sign_in|authwall|auth|oauth2?|authorize|sso|anmelden|anmeldung|connexion|inicio-de-sesion|iniciar-sesion|accedi|entrar|inloggen|wp-login\.php|login\.(?:php|aspx?|jsp|html?))(?:[/?]|$)/

/** Code of those who fill domains that nobody uses. */
export const parkingCode = anyOf(`
  google.com/adsense/domains/caf.js | data-adblockkey= | parkingcrew.net | sedoparking.com |
  d1lxhc4jvstzrp.cloudfront.net | parklogic.com | bodis.com | window.park = " | parking-lander |
  window.location.href="/lander" | window.location.replace("/lander") |
  location.href="https://www.hugedomains.com/domain_profile | hugedomains.com/domain_profile.cfm |
  parkpage.foundationapi.com | afternic.com/forsale | domainparking | domain-parking | parkingpage |
  uniregistry.com/buy | dan.com/buy-domain | above.com/marketplace | smartname.com | skenzo.com |
  ztomy.com | namebrightstatic.com | porkbun.com/parked | cdn.domainmarkt`)

/** What is said of a domain that has no site. */
export const parkedPhrases = anyOf(`
  this domain is for sale | this domain name is for sale | domain is for sale | domain may be for sale |
  this domain may be for sale | the domain name is for sale | buy this domain |
  make an offer on this domain | interested in this domain | this domain is parked |
  this domain has been parked | domain is parked free | parked domain | parked free, courtesy of |
  this domain has expired | this domain name has expired | this domain is registered, but |
  this domain has recently been registered | this domain was recently registered | 
  this account has been suspended | account suspended | this site has been suspended |
  future home of something quite cool | web server is working, but no content |
  this is the default web page for this server | this page is used to test the proper operation of the |
  apache2 ubuntu default page | apache2 debian default page |
  if you see this page, the nginx web server is successfully installed | diese domain steht zum verkauf |
  domain steht zum verkauf | diese domain ist zu verkaufen | domain zu verkaufen |
  diese domain ist geparkt | diese domain kaufen | hier entsteht eine neue | ce domaine est à vendre |
  ce nom de domaine est à vendre | nom de domaine à vendre | ce domaine est en parking |
  este dominio está en venta | dominio en venta | este dominio está a la venta |
  questo dominio è in vendita | dominio in vendita | este domínio está à venda | domínio à venda |
  dit domein is te koop | deze domeinnaam is te koop | domeinnaam te koop | ta domena jest na sprzedaż |
  domena na sprzedaż | domena jest zaparkowana | домен продается | домен продаётся | этот домен продается |
  домен припаркован | срок регистрации домена | tato doména je na prodej | doména na prodej |
  domänen är till salu | domænet er til salg | domenet er til salgs | bu alan adı satılık | このドメインは売り出し中 |
  このドメインは販売中 | ドメインは、お名前.com | 이 도메인은 판매 | 域名出售 | 该域名正在出售 | 此域名出售 | 域名可以转让 | هذا النطاق للبيع`)

/** Whole titles, or whole parts of one, of hosts without a site. */
export const parkedTitles: ReadonlySet<string> = new Set(
  list(`
  domain for sale | domain parked | parked domain | parked domain name | domain expired |
  account suspended | welcome to nginx | welcome to openresty | welcome to caddy |
  test page for the nginx http server | apache http server test page | apache2 ubuntu default page |
  apache2 debian default page | http server test page | iis windows server | iis7 | default web site page |
  default plesk page | web server's default page | domain default page | website coming soon |
  hosting default page | domain zu verkaufen | domaine à vendre | dominio en venta | dominio in vendita |
  domínio à venda | domein te koop`),
)

/** Words that a message of this kind may begin or end with. */
export const errorWords: ReadonlySet<string> = new Set(
  list(`
  http | error | errors | code | status | oops | ooops | whoops | sorry | ops | ups | fehler | erreur |
  oups | errore | erro | fout | błąd | ошибка | помилка | chyba | fel | fejl | feil | virhe | hiba |
  eroare | hata | σφάλμα | エラー | 오류 | 错误 | 錯誤 | خطأ`),
)

/** Whole titles or headings, less a 404 and a word for "error", of pages that are not there. */
export const missingPhrases: ReadonlySet<string> = new Set(
  list(`
  not found | page not found | file not found | file or directory not found | resource not found |
  content not found | the page was not found | the page could not be found | page could not be found |
  page cannot be found | page can't be found | this page could not be found | this page cannot be found |
  this page can't be found | this page isn't available | this page is not available | page not available |
  page unavailable | page no longer available | page does not exist | page doesn't exist |
  this page does not exist | this page doesn't exist | that page doesn't exist |
  the page you requested could not be found | the page you requested cannot be found |
  the page you requested was not found | the page you are looking for could not be found |
  the page you are looking for can't be found | the page you are looking for does not exist |
  the page you're looking for can't be found | the page you're looking for doesn't exist |
  we can't find that page | we can't find the page you're looking for | we couldn't find that page |
  we couldn't find the page you were looking for | that page can't be found | nothing found |
  seite nicht gefunden | die seite wurde nicht gefunden | diese seite wurde nicht gefunden |
  diese seite existiert nicht | diese seite existiert nicht mehr |
  die angeforderte seite wurde nicht gefunden | seite nicht verfügbar | nicht gefunden | page non trouvée |
  page introuvable | page inexistante | cette page n'existe pas | cette page n'existe plus |
  la page est introuvable | la page demandée n'existe pas | non trouvé | página no encontrada |
  pagina no encontrada | no encontrado | no se encontró la página | la página no existe |
  esta página no existe | pagina non trovata | non trovato | pagina inesistente | la pagina non esiste |
  página não encontrada | não encontrado | página inexistente | pagina niet gevonden | niet gevonden |
  deze pagina bestaat niet | strona nie znaleziona | nie znaleziono strony | nie znaleziono |
  strona nie istnieje | страница не найдена | не найдено | страница не существует | такой страницы нет |
  сторінку не знайдено | сторінка не знайдена | stránka nenalezena | stránka nebyla nalezena |
  stránka neexistuje | stránka nenájdená | sidan hittades inte | sidan kunde inte hittas |
  sidan finns inte | siden blev ikke fundet | siden findes ikke | siden ble ikke funnet |
  siden finnes ikke | sivua ei löydy | sivua ei löytynyt | az oldal nem található | oldal nem található |
  a keresett oldal nem található | pagina nu a fost găsită | sayfa bulunamadı | η σελίδα δεν βρέθηκε |
  страницата не е намерена | stranica nije pronađena | halaman tidak ditemukan | không tìm thấy trang |
  trang không tồn tại | ページが見つかりません | ページが見つかりませんでした | お探しのページは見つかりませんでした | お探しのページが見つかりません |
  指定されたページが見つかりません | 페이지를 찾을 수 없습니다 | 요청하신 페이지를 찾을 수 없습니다 | 页面不存在 | 页面未找到 | 找不到页面 | 页面没有找到 | 您访问的页面不存在 |
  找不到頁面 | 頁面不存在 | الصفحة غير موجودة | لم يتم العثور على الصفحة | הדף לא נמצא | העמוד לא נמצא`),
)

/** Code that a site's own software puts into the page that it gives for what is not there. */
export const missingCode = anyOf(`
  name="prerender-status-code" content="404" | name="next-error" content="not-found" | "page":"/404" |
  "page":"/_error" | body class="error404 | class="error404 `)

/** Addresses to which those are sent who asked for what is not there. */
export const missingPaths =
  /\/(?:404|404-?error|error-?404|error_404|not-?found|not_found|page-?not-?found|page_not_found|pagenotfound)(?:\.\w{2,5})?\/?$/

/** One pattern for all: it is a quarter of the time of a search for each. */
function anyOf(table: string): RegExp {
  return new RegExp(list(table).map(RegExp.escape).join('|'))
}

/** What a table holds, between its bars. */
function list(table: string): string[] {
  return table.split('|').map((entry) => entry.replaceAll(/\s+/g, ' ').trim())
}
