/** The entries of an object with the type of its keys, for objects that are made by ourselves: others may have more. */
export function entriesOf<Key extends string, Value>(
  object: {
    readonly [K in Key]?: Value;
  },
): readonly (readonly [Key, Value])[] {
  return Object.entries(object) as [Key, Value][];
}
