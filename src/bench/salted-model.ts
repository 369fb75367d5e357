import type { Model, ModelSession } from '../contract/model.ts';

/**
 * A model whose instructions begin with a line of their own, so that what a provider cached of other runs' prompts does
 * not serve this one's: caches go by how a prompt begins. Lines of salts of one length take equally many tokens.
 */
export function saltedModel(model: Model, salt: string): Model {
  return {
    id: model.id,
    open: async (signal) => saltedSession(await model.open(signal), salt),
  };
}

function saltedSession(session: ModelSession, salt: string): ModelSession {
  return {
    respond: (request, signal) => {
      const instructions = `[run ${salt}]${request.instructions === '' ? '' : `\n\n${request.instructions}`}`;
      return session.respond({ ...request, instructions }, signal);
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
