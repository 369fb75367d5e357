/**
 * A number of tokens as a server gave it: also as text, as Protobuf writes large ones. What is none counts as nothing, so
 * that nothing else gets into a journal.
 */
export function tokenCount(given: unknown): number {
  const count = typeof given === 'string' ? Number(given) : given;
  return typeof count === 'number' && Number.isFinite(count) && count > 0 ? count : 0;
}
