/** The sum of two costs; not known if one of them is not. */
export function addCost(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}

/** A cost as a field of an event, which is left out where it is not known. */
export function costField(costUsd: number | undefined): { readonly costUsd?: number } {
  return costUsd === undefined ? {} : { costUsd };
}
