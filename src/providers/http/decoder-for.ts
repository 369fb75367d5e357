import type { Transform } from 'node:stream';

/** What undoes the compression that a body is said to have; nothing for one that has none, or one that nobody knows. */
export function decoderFor(contentEncoding: string | null): Transform | undefined {
  if (!contentEncoding) return undefined;
  const zlib = process.getBuiltinModule('node:zlib');
  // Gives what there is at once, and leaves it to the reader to see whether that is all.
  const flush = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH };
  switch (contentEncoding.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip(flush);
    case 'deflate':
      return zlib.createInflate(flush);
    case 'br': {
      const { BROTLI_OPERATION_FLUSH } = zlib.constants;
      return zlib.createBrotliDecompress({ flush: BROTLI_OPERATION_FLUSH, finishFlush: BROTLI_OPERATION_FLUSH });
    }
    case 'zstd':
      return zlib.createZstdDecompress();
    default:
      return undefined;
  }
}
