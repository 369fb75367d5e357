import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

const KEPT_CHARACTERS = 8 * 1024;
const SHOWN_LINES = 5;
const SHOWN_CHARACTERS = 500;

/** Reads a stream to its end and tells, at any time, the last few lines that were on it, as one line fit to be shown. */
export function lastLinesOf(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-KEPT_CHARACTERS);
  });
  stream.on('error', () => {});
  return () => {
    const lines = stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.replaceAll(/\p{Cc}/gu, ' ').trimEnd())
      .filter((line) => line !== '');
    const shown = lines.slice(-SHOWN_LINES).join(' / ');
    // No part of a word, which may be one of a secret.
    return shown.length <= SHOWN_CHARACTERS ? shown : `…${shown.slice(-SHOWN_CHARACTERS).replace(/^\S+/, '')}`;
  };
}
