import type { CallToolResult } from '@modelcontextprotocol/client';

type Content = CallToolResult['content'][number];

/**
 * What a call came to: the structured content where there is some, else its texts; what is not text is described.
 *
 * @throws {Error} with the texts, if the server says that the call failed
 */
export function readResult({ content, structuredContent, isError }: CallToolResult): unknown {
  const text = content.map(describe).join('\n');
  if (isError === true) throw new Error(text === '' ? 'It gave no reason.' : text);
  return structuredContent === undefined ? text : structuredContent;
}

function describe(part: Content): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'image':
    case 'audio':
      return `[${part.type}: ${part.mimeType}, ${bytesOf(part.data)} bytes]`;
    case 'resource': {
      const { uri, mimeType = 'unknown type' } = part.resource;
      if ('text' in part.resource) return `[resource ${uri}: ${mimeType}]\n${part.resource.text}`;
      return `[resource ${uri}: ${mimeType}, ${bytesOf(part.resource.blob)} bytes]`;
    }
    case 'resource_link': {
      const size = part.size === undefined ? '' : `, ${part.size} bytes`;
      return `[link to ${part.uri}: ${part.mimeType ?? 'unknown type'}${size}]`;
    }
    default:
      part satisfies never;
      return '[content of an unknown kind]';
  }
}

function bytesOf(base64: string): number {
  return Buffer.byteLength(base64, 'base64');
}
