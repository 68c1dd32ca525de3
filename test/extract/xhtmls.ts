const xmlns = 'xmlns="http://www.w3.org/1999/xhtml"'
const svg = 'http://www.w3.org/2000/svg'

/** A page with a head and some text. */
const page = (head: string, root = `<html ${xmlns}>`) =>
  `${root}<head>${head}</head><body><p>text</p></body></html>`

/** Pages sent as application/xhtml+xml and what `document.title` is for them in Chromium: name, XML, title. */
export const xhtmls: [name: string, xml: string, title: string][] = [
  ['plain', page('<title>A</title>'), 'A'],
  ['a declaration and a doctype', `<?xml version="1.0"?><!DOCTYPE html>${page('<title>A</title>')}`, 'A'],
  ['none', page(''), ''],
  ['white space', page('<title>\n A \t B\n</title>'), 'A B'],
  ['after a script that closes itself', page('<script src="a.js"/><title>A</title>'), 'A'],
  ['after a style that closes itself', page('<style/><title>A</title>'), 'A'],
  ['after an iframe that closes itself', page('<iframe/><title>A</title>'), 'A'],
  ['that closes itself', page('<title/><title>B</title>'), ''],
  ['two', page('<title>A</title><title>B</title>'), 'A'],
  ['of CDATA', page('<title><![CDATA[A & <b>B</b> &amp;]]></title>'), 'A & <b>B</b> &amp;'],
  ['of text and CDATA', page('<title>A <![CDATA[& B]]> C</title>'), 'A & B C'],
  ['of empty CDATA', page('<title><![CDATA[]]>A</title>'), 'A'],
  ['within CDATA', page('<style><![CDATA[<title>S</title>]]></style><title>A</title>'), 'A'],
  [
    'references',
    page('<title>&lt;A&gt; &amp; &quot;B&quot; &apos;C&apos; &#65;&#x42;</title>'),
    '<A> & "B" \'C\' AB',
  ],
  ['a reference to a control of windows-1252', page('<title>A&#150;B</title>'), 'A\u0096B'],
  ['in capitals', page('<TITLE>T</TITLE>'), ''],
  ['after one in capitals', page('<TITLE>T</TITLE><title>A</title>'), 'A'],
  [
    'of an SVG with a prefix',
    page(`<title>A</title>`, `<html ${xmlns} xmlns:svg="${svg}"><svg:title>S</svg:title>`),
    'A',
  ],
  ['of an SVG alone', page(`<svg:svg xmlns:svg="${svg}"><svg:title>S</svg:title></svg:svg>`), ''],
  [
    'of an SVG by its default namespace',
    page(`<svg xmlns="${svg}"><title>S</title></svg><title>A</title>`),
    'A',
  ],
  ['of HTML within an SVG', page(`<svg xmlns="${svg}"><g><title ${xmlns}>A</title></g></svg>`), 'A'],
  ['of what only looks like an SVG', page('<svg><title>A</title></svg>'), 'A'],
  [
    'with a prefix',
    '<html:html xmlns:html="http://www.w3.org/1999/xhtml"><html:head><html:title>A</html:title></html:head></html:html>',
    'A',
  ],
  ['with another prefix', page('<h:title xmlns:h="http://www.w3.org/1999/xhtml">A</h:title>'), 'A'],
  ['with the prefix of something else', page('<x:title xmlns:x="urn:x">X</x:title><title>A</title>'), 'A'],
  ['of another namespace', page('<title xmlns="urn:x">X</title>'), ''],
  [
    'of a namespace taken back',
    page('<g xmlns="urn:x"><g xmlns=""><title>X</title></g></g><title>A</title>'),
    'A',
  ],
  ['of no namespace', page('<title>T</title>', '<html>'), ''],
  [
    'of a namespace that is misspelt',
    page('<title>T</title>', '<html xmlns="http://www.w3.org/1999/XHTML">'),
    '',
  ],
  ['with an element in it', page('<title>A <b>B</b> C</title>'), 'A C'],
  ['with a comment in it', page('<title>A<!-- B -->C</title>'), 'AC'],
  ['with an instruction in it', page('<title>A<?b c?>D</title>'), 'AD'],
  ['in the body', `<html ${xmlns}><body><p/><div><title>A</title></div></body></html>`, 'A'],
  ['in a template', page('<template><title>T</title></template>'), ''],
  ['after a template', page('<template><title>T</title></template><title>A</title>'), 'A'],
  ['in a noscript', page('<noscript><title>A</title></noscript>'), 'A'],
  ['in a textarea', `<html ${xmlns}><body><textarea><title>A</title></textarea></body></html>`, 'A'],
  ['in an iframe', `<html ${xmlns}><body><iframe><title>A</title></iframe></body></html>`, 'A'],
  ['in a script', page('<script type="x"><title>A</title></script>'), 'A'],
  ['in a comment', page('<!-- <title>C</title> --><title>A</title>'), 'A'],
  ['in an attribute', page('<meta content="&lt;title>S&lt;/title>"/><title>A</title>'), 'A'],
  [
    'of an entity of its own',
    `<!DOCTYPE html [<!ENTITY t "A &#38;#38; B"><!ENTITY u 'U'>]>${page('<title>&u;</title>')}`,
    'U',
  ],
  [
    'after a subset of all kinds',
    `<!DOCTYPE html PUBLIC "-//x//y" "about:blank" [
    <!-- a ] > comment --><?an instruction ]>?><!ELEMENT x (#PCDATA)><!ATTLIST x y CDATA "]>"> ] >${page('<title>A</title>')}`,
    'A',
  ],
  [
    'with names of HTML',
    `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">${page('<title>A&nbsp;B &eacute;&hellip;</title>')}`,
    'A\u00a0B é…',
  ],
  ['with white space in its tags', page('<title\n>A</title\n>'), 'A'],
  [
    'between other elements of all kinds',
    page('<meta charset="utf-8"/><link rel="x" href="y"/><title>A</title><base href="/"/>'),
    'A',
  ],
]

/** Pages sent so that are no XML, and what is made of them as HTML: name, text, title. */
export const broken: [name: string, text: string, title: string][] = [
  ['an element that is not closed', page('<title>A</title><br>'), 'A'],
  ['an attribute without quotes', page('<title>A</title><meta charset=utf-8 />'), 'A'],
  ['an attribute without a value', page('<title>A</title><script async src="x"></script>'), 'A'],
  ['an attribute twice', page('<title>A</title><meta a="1" a="2"/>'), 'A'],
  ['attributes without space', page('<title>A</title><meta a="1"b="2"/>'), 'A'],
  ['an attribute with a tag in it', page('<title>A</title><meta a="<b>"/>'), 'A'],
  ['a bare ampersand', page('<title>A & B</title>'), 'A & B'],
  ['a reference without a semicolon', page('<title>A &amp B</title>'), 'A & B'],
  ['a name that nothing declares', page('<title>A &unknown; B</title>'), 'A &unknown; B'],
  ['a reference to no character', page('<title>A&#0;</title>'), 'A\ufffd'],
  ['tags that cross', page('<title>A</title><b><i></b></i>'), 'A'],
  ['an end of CDATA in its text', page('<title>A ]]> B</title>'), 'A ]]> B'],
  ['dashes in a comment', page('<!-- a -- b --><title>A</title>'), 'A'],
  ['two roots', page('<title>A</title>') + page('<title>B</title>'), 'A'],
  ['text after its root', `${page('<title>A</title>')}x`, 'A'],
  ['white space before its declaration', ` <?xml version="1.0"?>${page('<title>A</title>')}`, 'A'],
  ['a control character', page('<title>A\u0001</title>'), 'A\u0001'],
  ['a second doctype', `<!DOCTYPE html><!DOCTYPE html>${page('<title>A</title>')}`, 'A'],
  ['a doctype in its midst', page('<!DOCTYPE html><title>A</title>'), 'A'],
  ['nothing', '', ''],
  ['an end that is missing', `<html ${xmlns}><head><title>A</title>`, 'A'],
]
