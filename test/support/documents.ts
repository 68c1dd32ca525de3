import JSZip from 'jszip'

/** A PDF with a page for each text, its lines one below the other. */
export function pdf(pages: string[][], info = ''): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  const kids: number[] = []
  for (const lines of pages) {
    const shown = lines.map((line) => `(${line.replaceAll(/[()\\]/g, '\\$&')}) Tj 0 -20 Td`).join(' ')
    const content = `BT /F1 12 Tf 50 700 Td ${shown} ET`
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`)
    kids.push(
      objects.push(
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents ${objects.length} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      ),
    )
  }
  objects[1] = `<< /Type /Pages /Count ${kids.length} /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] >>`
  const infoAt = objects.push(`<< ${info} >>`)
  let file = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const at = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return `${String(at).padStart(10, '0')} 00000 n \n`
  })
  const start = file.length
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`
  return Buffer.from(
    `${file}trailer << /Size ${objects.length + 1} /Root 1 0 R /Info ${infoAt} 0 R >>\nstartxref\n${start}\n%%EOF`,
    'latin1',
  )
}

/** A DOCX of these paragraphs. @param core its title */
export async function docx(
  paragraphs: string,
  core?: string,
  more: Record<string, string> = {},
): Promise<Buffer> {
  const zip = new JSZip()
  const types = 'http://schemas.openxmlformats.org'
  zip.file(
    '[Content_Types].xml',
    `<Types xmlns="${types}/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
  )
  zip.file(
    '_rels/.rels',
    `<Relationships xmlns="${types}/package/2006/relationships"><Relationship Id="a" Type="${types}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
  )
  zip.file(
    'word/document.xml',
    `<w:document xmlns:w="${types}/wordprocessingml/2006/main"><w:body>${paragraphs}</w:body></w:document>`,
  )
  if (core !== undefined)
    zip.file(
      'docProps/core.xml',
      `<cp:coreProperties xmlns:cp="x" xmlns:dc="y"><dc:title>${core}</dc:title></cp:coreProperties>`,
    )
  for (const [name, content] of Object.entries(more)) zip.file(name, content)
  return zip.generateAsync({ type: 'nodebuffer', compression: 'DEFLATE' })
}

export const paragraph = (text: string) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`
