import { EventLines, notAStream } from '../wire/event-lines.ts';

/**
 * The same response with nothing in its stream but events of one line of data each: Google's package passes over events
 * that begin with a comment, a name or an id, and takes a last one without an empty line behind it for a broken one.
 */
export function plainEvents({ ok, status, statusText, headers, body }: Response): Response {
  const reader = body?.getReader();
  const lines = new EventLines();
  const read = async () => {
    for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
      const value = plainText(lines.push(chunk.value));
      if (value.length > 0) return { done: false, value };
    }
    const value = plainText(lines.end());
    if (value.length > 0) return { done: false, value };
    const otherwise = lines.isStream ? undefined : notAStream(headers);
    if (otherwise) throw otherwise;
    return { done: true, value: undefined };
  };
  const plainBody = { getReader: () => ({ read, releaseLock: () => {} }) };
  // The package uses no more of a response than there is.
  return { ok, status, statusText, headers, body: plainBody } as unknown as Response;
}

function plainText(events: readonly { readonly data: string }[]): Uint8Array {
  // Between its lines JSON has only white space.
  return Buffer.from(events.map(({ data }) => `data: ${data.replaceAll('\n', ' ')}\n\n`).join(''));
}
