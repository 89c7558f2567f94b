/** Made from the API document by `vite.rules.ts`. */
declare module 'virtual:rules' {
  interface Rule {
    readonly description?: string;
    readonly minLength?: number;
    readonly maxLength?: number;
  }
  type Rules = Readonly<Record<string, Rule>>;
  const rules: { readonly CredentialsDto: Rules; readonly CreateClusterDto: Rules };
  export default rules;
}
