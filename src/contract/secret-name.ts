/** Whether a variable's value is a secret, by its name: one that ends in KEY, TOKEN, SECRET or PASSWORD. */
export function isSecretName(name: string): boolean {
  return /(KEY|TOKEN|SECRET|PASSWORD)S?$/i.test(name);
}
