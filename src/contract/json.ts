/** Any value that survives a round trip through JSON text. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object: what tools take as arguments and what wire formats are made of. */
export type JsonObject = { readonly [key: string]: JsonValue };
