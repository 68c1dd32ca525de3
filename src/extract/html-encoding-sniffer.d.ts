declare module 'html-encoding-sniffer' {
  /** @returns the encoding's name as the Encoding Standard writes it */
  export default function sniff(
    bytes: Uint8Array,
    options?: { xml?: boolean; transportLayerEncodingLabel?: string; defaultEncoding?: string },
  ): string
}
