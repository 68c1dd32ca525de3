/** Pages that are made to take their reader's time or memory, by what they are. */
export const hostileShapes: Record<string, () => string> = {
  '200,000 nested elements': () => '<div>'.repeat(200_000),
  '200,000 nested elements of several kinds': () => '<div><ul><li><b>'.repeat(50_000),
  '200,000 attributes': () =>
    `<p ${Array.from({ length: 200_000 }, (_, at) => `a${at}="b"`).join(' ')}>text</p>`,
  '200,000 equal attributes': () => `<p ${'a="b" '.repeat(200_000)}>text</p>`,
  'one text of 10 MB': () => `<p>${'word '.repeat(2_000_000)}</p>`,
  'one word of 10 MB': () => `<p>${'a'.repeat(10_000_000)}</p>`,
  'nothing but <, 10 MB': () => '<'.repeat(10_000_000),
  'nothing but &, 10 MB': () => '&'.repeat(10_000_000),
  'entities without end, 10 MB': () => '&amp'.repeat(2_500_000),
  'unclosed everything': () => '<table><tr><td><ul><li><a href=x><p><b><i><font><form><h1>'.repeat(20_000),
  '100,000 formatting elements': () => `${'<b><i>'.repeat(50_000)}${'<p>text'.repeat(1000)}`,
  'formatting elements of differing attributes, then paragraphs': () =>
    `${Array.from({ length: 2000 }, (_, at) => `<b a="${at}">`).join('')}${'<p>'.repeat(20_000)}`,
  '200,000 links': () => '<a href="/x">link</a> '.repeat(190_000),
  '1,000,000 links': () => '<a>'.repeat(1_000_000),
  '2,000,000 end tags of what is out of reach': () =>
    `<i><button>${'<span>'.repeat(500)}${'</i>'.repeat(2_000_000)}`,
  '400,000 end tags of nothing': () => `${'<b>'.repeat(500)}${'</i>'.repeat(400_000)}`,
  '100,000 list items': () => `<ul>${'<li>item'.repeat(100_000)}</ul>`,
  '100,000 cells': () => `<table><tr>${'<td>cell'.repeat(100_000)}</table>`,
  'cells that span everything': () =>
    `<table>${'<tr><td colspan=1000 rowspan=65534>a<td colspan=1000>b</tr>'.repeat(5000)}</table>`,
  'an unclosed comment of 10 MB': () => `<p>text<!--${'-'.repeat(10_000_000)}`,
  'an unclosed script of 10 MB': () => `<p>text<script>${'</scrip '.repeat(1_200_000)}`,
  'JSON-LD of 5 MB': () => `<script type="application/ld+json">${'['.repeat(5_000_000)}</script><p>text</p>`,
  'long addresses under a long base': () =>
    `<base href="https://example.com/${'b'.repeat(2000)}/">${Array.from({ length: 100_000 }, (_, at) => `<a href=${at}>${at}</a>`).join('')}`,
  'bold elements beside the inmost of many': () => `<p>x${'<b>'.repeat(330_000)}x`,
  'end tags of headings that are not open': () => `${'<ul>'.repeat(400)}${'x</h1>'.repeat(200_000)}`,
  'headings in each other': () =>
    `${'<h1><div>'.repeat(240)}${'word '.repeat(2000)}${'</div></h1>'.repeat(240)}`.repeat(350),
  'code of 100,000 lines in each other': () => `<p>a<code>${'word<div>'.repeat(100_000)}`,
  'formulas in each other': () => `${'<mjx-container>'.repeat(480)}${'<i>a </i>'.repeat(150_000)}`,
  'a class of 4 MB around 100,000 formulas': () =>
    `<p class="${'a '.repeat(2_000_000)}">${'<span class=katex>x</span>'.repeat(100_000)}`,
  'a class of 4 MB around 100,000 pieces of code': () =>
    `<div class="${'a '.repeat(2_000_000)}">${'<pre>x</pre>'.repeat(100_000)}`,
  'a picture of 100,000 images': () =>
    `<picture>${`<source srcset="${'a.jpg 1x, '.repeat(2000)}">`.repeat(18)}${'<img src=a>'.repeat(100_000)}`,
  'a cell of 1 MB that spans 19,000 rows': () =>
    `<table><tr><td rowspan=20000>${'word '.repeat(200_000)}<td>b${'<tr><td>c'.repeat(19_000)}`,
  '100,000 streamed parts in each other': () =>
    `a<template id="B:0"></template>${Array.from({ length: 100_000 }, (_, at) => `<div hidden id="S:${at}">word <template id="B:${at + 1}"></template></div>`).join('')}`,
}
