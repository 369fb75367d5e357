import type { JsonObject } from '../../contract/json.ts';

/** A call on its way to another thread or process. */
export interface RemoteCall {
  /** The URL of the module that has the tool. */
  readonly home: string;
  readonly toolName: string;
  /** As the model wrote them: they are checked, and transformed by the schema, where the tool runs. */
  readonly args: JsonObject;
  readonly callKey: string;
  readonly conversation: string;
  readonly agent: string;
}

/** What came of it. Text crosses faster, and more safely, than objects. */
export type RemoteReply =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'json'; readonly json: string }
  | { readonly kind: 'error'; readonly name: string; readonly message: string; readonly stack?: string };

/** A line that a tool printed in its thread or process. */
export interface PrintedLine {
  readonly toolName: string;
  readonly line: string;
}

/**
 * The result that a reply stands for. One of which only the beginning is of use stays JSON text.
 *
 * @throws {Error} what the tool threw
 */
export function readReply(reply: RemoteReply, maxOutputBytes: number): unknown {
  switch (reply.kind) {
    case 'text':
      return reply.text;
    case 'json':
      return reply.json.length > maxOutputBytes ? reply.json : JSON.parse(reply.json);
    case 'error': {
      const error = new Error(reply.message);
      error.name = reply.name;
      if (reply.stack !== undefined) error.stack = reply.stack;
      throw error;
    }
  }
}
