/** Made from the API document by `vite.rules.ts`. */
declare module 'virtual:rules' {
  const rules: Readonly<Record<string, Readonly<Record<string, import('./hint-text').Rule>>>>;
  export default rules;
}
